//! Sequences of keys to actions, one tree per context.

use super::key::Key;
use crate::tui::action::Action;

/// The bindings of one context. Looking up is linear in the few keys of each step.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Trie(Vec<(Key, Node)>);

#[derive(Clone, PartialEq, Debug)]
enum Node {
    Leaf(Leaf),
    Branch(Trie),
}

/// What a sequence does and who said so.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Leaf {
    /// What is run, in order. Empty where the sequence was unbound on purpose.
    pub(super) actions: Vec<Action>,
    /// The file it is from: higher ones are laid over lower ones.
    pub(super) layer: usize,
    /// Where in that file; earlier ones are shown first.
    pub(super) offset: usize,
}

/// What a sequence of keys leads to.
#[derive(PartialEq, Debug)]
pub(super) enum Found<'a> {
    Leaf(&'a Leaf),
    Branch(&'a Trie),
    Nothing,
}

/// Why a sequence could not be bound, both in the same file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Clash {
    /// The very sequence is bound already.
    Twice,
    /// A bound sequence begins with it, or it begins with a bound sequence.
    Prefix,
}

impl Trie {
    /// Binds `keys`, replacing what lower layers say of them, of what they begin with and of what begins with them.
    pub(super) fn bind(&mut self, keys: &[Key], leaf: Leaf) -> Result<(), Clash> {
        let Some((key, rest)) = keys.split_first() else { return Ok(()) };
        let Some((_, node)) = self.0.iter_mut().find(|(known, _)| known == key) else {
            let node = if rest.is_empty() { Node::Leaf(leaf) } else { Node::branch(rest, leaf)? };
            self.0.push((*key, node));
            return Ok(());
        };
        match node {
            Node::Branch(trie) if !rest.is_empty() => return trie.bind(rest, leaf),
            Node::Branch(trie) if trie.has_layer(leaf.layer) => return Err(Clash::Prefix),
            Node::Leaf(known) if known.layer == leaf.layer => {
                return Err(if rest.is_empty() { Clash::Twice } else { Clash::Prefix });
            }
            Node::Branch(_) | Node::Leaf(_) => {}
        }
        *node = if rest.is_empty() { Node::Leaf(leaf) } else { Node::branch(rest, leaf)? };
        Ok(())
    }

    /// What `keys` lead to.
    pub(super) fn find(&self, keys: &[Key]) -> Found<'_> {
        let Some((key, rest)) = keys.split_first() else { return Found::Branch(self) };
        match self.0.iter().find(|(known, _)| known == key) {
            Some((_, Node::Branch(trie))) => trie.find(rest),
            Some((_, Node::Leaf(leaf))) if rest.is_empty() => Found::Leaf(leaf),
            _ => Found::Nothing,
        }
    }

    /// All sequences with what they do: those of higher layers first, then as they stand in their file.
    pub(super) fn leaves(&self) -> Vec<(Vec<Key>, &Leaf)> {
        let mut leaves = Vec::new();
        self.collect(&mut Vec::new(), &mut leaves);
        leaves.sort_by_key(|(_, leaf)| (std::cmp::Reverse(leaf.layer), leaf.offset));
        leaves
    }

    fn collect<'a>(&'a self, path: &mut Vec<Key>, leaves: &mut Vec<(Vec<Key>, &'a Leaf)>) {
        for (key, node) in &self.0 {
            path.push(*key);
            match node {
                Node::Leaf(leaf) => leaves.push((path.clone(), leaf)),
                Node::Branch(trie) => trie.collect(path, leaves),
            }
            path.pop();
        }
    }

    fn has_layer(&self, layer: usize) -> bool {
        self.leaves().iter().any(|(_, leaf)| leaf.layer == layer)
    }
}

impl Node {
    fn branch(rest: &[Key], leaf: Leaf) -> Result<Self, Clash> {
        let mut trie = Trie::default();
        trie.bind(rest, leaf)?;
        Ok(Self::Branch(trie))
    }
}

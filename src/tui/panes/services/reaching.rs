//! How one gets to a service among many: by its name, and by showing nothing but what is around it.

use std::sync::Arc;

use super::around::{Around, Part};
use super::drawing::Drawing;
use super::search::Search;
use super::{Chosen, ServicesPane, moving};
use crate::tui::action::Action;
use crate::tui::keymap::Context;
use crate::tui::pane::Reply;
use crate::tui::text;
use crate::tui::widget::graph::Selection;
use crate::tui::world::World;

/// What was there before one began to type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Before {
    search: String,
    chosen: Chosen,
    around: Option<Around>,
}

impl ServicesPane {
    /// Selects the service whose name is likely to be meant by what is typed. What was there before one began to type comes
    /// back with the text that was there.
    pub(super) fn search_for(&mut self, text: &str) {
        let before = self.before.take().unwrap_or_else(|| Before {
            search: self.search.as_ref().map_or_else(String::new, |search| search.text().to_owned()),
            chosen: self.chosen.clone(),
            around: self.around.clone(),
        });
        self.search = Search::new(text, &self.all);
        let best = self.search.as_ref().and_then(|search| search.best(&self.all));
        if text == before.search || best.is_none() {
            self.chosen = before.chosen.clone();
            self.set_around(before.around.clone());
        } else if let Some(node) = best {
            self.reach(node);
        }
        self.before = Some(before);
    }

    /// Selects a service, by its place in the whole graph; what is shown is around it where it is in no other picture.
    fn reach(&mut self, node: usize) {
        let Some(name) = self.all.nodes.get(node).map(|node| Arc::clone(&node.name)) else { return };
        let is_hidden = self.graph.find(&name).is_none();
        self.chosen = Chosen { service: Some(Arc::clone(&name)), edge: None };
        if let Some(around) = self.around.clone().filter(|_| is_hidden) {
            self.set_around(Some(Around { service: name, ..around }));
        }
    }

    /// Selects the next or the previous service that was searched for.
    pub(super) fn step_match(&mut self, by: isize, world: &World) -> Reply {
        let Some(search) = &self.search else {
            let key = world.key(Context::Services, Action::Search);
            return Reply::tell(format!("nothing is searched for; {key} finds a service by its name"));
        };
        let selected = self.chosen.service.as_ref().and_then(|name| self.all.find(name));
        match moving::next(search.found(), selected, by) {
            Some(node) => self.reach(node),
            None => return Reply::tell("no service of such a name"),
        }
        Reply::Done
    }

    /// Shows what is around the selected service alone; around the service in the middle everything again.
    pub(super) fn toggle_around(&mut self, world: &World) -> Reply {
        let selected = match self.selection() {
            Selection::None if self.around.is_some() => None,
            Selection::None => {
                let key = world.key(Context::Services, Action::SelectNext);
                return Reply::tell(format!("no service is selected; {key} selects one"));
            }
            Selection::Service(_) | Selection::Edge(_) => self.chosen.service.clone(),
        };
        let middle = self.around.as_ref().map(|around| &around.service);
        let next = match selected {
            Some(selected) if middle != Some(&selected) => {
                let calls = self.around.as_ref().map_or(1, |around| around.calls);
                Some(Around { service: selected, calls })
            }
            _ => None,
        };
        self.set_around(next);
        Reply::Done
    }

    /// Shows what is one call farther away; after the farthest the nearest alone.
    pub(super) fn go_farther(&mut self, world: &World) -> Reply {
        match &self.around {
            None => self.toggle_around(world),
            Some(around) => {
                self.set_around(Some(around.farther()));
                Reply::Done
            }
        }
    }

    /// Shows a part of the graph, or all of it. The whole one stays laid out meanwhile.
    pub(super) fn set_around(&mut self, around: Option<Around>) {
        match (&self.around, &around) {
            (None, Some(_)) => self.whole = std::mem::take(&mut self.drawing),
            (Some(_), None) => self.drawing = std::mem::take(&mut self.whole),
            // Around another service other places are right.
            (Some(old), Some(new)) if old != new => self.drawing = Drawing::default(),
            _ => return,
        }
        self.around = around;
        self.show();
    }

    /// Brings what is shown in line with what there is.
    pub(super) fn show(&mut self) {
        let middle = self.around.as_ref().and_then(|around| Some((self.all.find(&around.service)?, around.calls)));
        self.part = middle.map(|(middle, calls)| Part::around(&self.all, middle, calls));
        if self.part.is_none() && self.around.take().is_some() {
            // The service is not there any more.
            self.drawing = std::mem::take(&mut self.whole);
        }
        self.graph = self.part.as_ref().map_or_else(|| Arc::clone(&self.all), |part| Arc::clone(&part.graph));
        self.drawing.lay_out(&self.graph);
    }

    /// What keys do where the graph can not be read at once: find a service, show what is around it, go back from there.
    pub(super) fn reach_keys(&self, world: &World) -> String {
        let key = |action| world.key(Context::Services, action);
        let (around, farther) = (key(Action::ShowAround), key(Action::CycleDistance));
        match &self.around {
            Some(it) => {
                let is_middle = self.chosen.service.as_ref().is_none_or(|service| *service == it.service);
                let turns = if is_middle { "all services" } else { "around this one" };
                format!("{around} {turns}  {farther} {} away", text::counted(it.farther().calls as u64, "call"))
            }
            None if self.drawing.is_whole() => String::new(),
            None if self.selection() == Selection::None => format!("{} finds a service", key(Action::Search)),
            None if self.search.is_some() => format!("{around} shows what is around it alone"),
            None => format!("{} finds  {around} shows what is around it alone", key(Action::Search)),
        }
    }
}

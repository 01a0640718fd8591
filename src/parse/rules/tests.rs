//! Rules find what they say, and nothing where they should not.

//! How progress is shown: a bar on a terminal, elsewhere a line now and then.

use std::time::Duration;

use crate::{Screen, run::Context};

/// Between two lines for a person.
pub(crate) const LINES: Duration = Duration::from_secs(10);

/// Between two lines for a program.
pub(crate) const JSON_LINES: Duration = Duration::from_secs(1);

/// In which form.
pub(crate) enum Form<'a> {
    Nothing,
    Bar(&'a Screen),
    Lines,
    Json,
}

impl<'a> Form<'a> {
    /// Lines of JSON belong to a command that prints several anyway.
    pub(crate) fn new(json: bool, quiet: bool, may_draw: bool, context: &Context<'a>) -> Self {
        if json {
            Self::Json
        } else if quiet {
            Self::Nothing
        } else if context.screen.is_there() && may_draw && !context.logs {
            Self::Bar(context.screen)
        } else {
            Self::Lines
        }
    }
}

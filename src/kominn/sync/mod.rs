//! A run: what others publish is read, what is deleted is noticed, what is ours is sent; each step is kept before the next begins,
//! so that a run can be killed anywhere and the next goes on.

mod context;
mod create;
mod fail;
mod induct;
mod inspire;
mod lost;
mod marks;
mod one;
mod pull;
mod push;
mod sweep;
mod take;
mod told;
mod vanish;

pub(super) use self::context::Context;
use super::sharepoint::Failure;

/// Runs a target to its end.
pub(super) async fn run(context: &Context<'_>) -> Result<(), Failure> {
    if context.target.pulls() {
        pull::pull(context).await?;
    }
    sweep::sweep(context).await?;
    if context.target.pushes() {
        push::push(context).await?;
        inspire::inspire(context).await?;
        induct::send(context).await?;
    }
    Ok(())
}

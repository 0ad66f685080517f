//! Who may do what: the one table. A role gives scopes; a token's own scopes can only narrow them.

use crate::platform::closed::closed;

closed! {
    /// A role that a municipality gives to one of its people or systems; each may do what the ones before it may.
    #[derive(clap::ValueEnum)]
    pub enum Role {
        /// Reads the municipality's projects and what others publish to it.
        Reader = "reader",
        /// Writes projects and imitates others'.
        Contributor = "contributor",
        /// Publishes and withdraws.
        Coordinator = "coordinator",
        /// Everything that a municipality may do, its clients, its audit trail and its data as a whole included.
        Administrator = "administrator",
    }
}

/// Who holds a scope: a municipality's role and those above it, or the operator of the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldBy {
    From(Role),
    Everybody,
    Operator,
}

/// What an operation needs, as a type in its signature.
pub trait Permission: 'static {
    const SCOPE: &'static str;
}

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Right {
    pub scope: &'static str,
    pub held_by: HeldBy,
    pub allows: &'static str,
}

macro_rules! permissions {
    ($($name:ident $scope:literal $held_by:expr, $allows:literal;)*) => {
        /// The table, from which docs/security.md has its own.
        pub const RIGHTS: &[Right] = &[$(Right { scope: $scope, held_by: $held_by, allows: $allows }),*];

        $(
            #[doc = $allows]
            #[derive(Debug)]
            pub struct $name;
            impl Permission for $name {
                const SCOPE: &'static str = $scope;
            }
        )*
    };
}

permissions! {
    ReadPublications "publications:read" HeldBy::Everybody, "Read what is published for one's region; keep nothing";
    ReadProjects "projects:read" HeldBy::From(Role::Reader), "Read the municipality's own projects, proposals, ledgers and notifications";
    WriteProjects "projects:write" HeldBy::From(Role::Contributor), "Write projects, imitate, merge, propose, record adoption, follow";
    Publish "publications:write" HeldBy::From(Role::Coordinator), "Publish and withdraw";
    ReadAudit "audit:read" HeldBy::From(Role::Administrator), "Read and export the municipality's audit trail";
    ManageClients "clients:write" HeldBy::From(Role::Administrator), "Make and revoke the municipality's API clients";
    ManageData "data:write" HeldBy::From(Role::Administrator), "Redact contacts, export all that the municipality owns, leave the service";
    Operate "platform:write" HeldBy::Operator, "Municipalities, regions, issuers and keys of the platform; no project";
}

impl Role {
    pub fn scopes(self) -> impl Iterator<Item = &'static str> {
        let held = move |right: &&Right| match right.held_by {
            HeldBy::From(least) => self >= least,
            HeldBy::Everybody => true,
            HeldBy::Operator => false,
        };
        RIGHTS.iter().filter(held).map(|right| right.scope)
    }
}

/// What the operator of the platform may do.
pub fn operator_scopes() -> impl Iterator<Item = &'static str> {
    RIGHTS.iter().filter(|right| !matches!(right.held_by, HeldBy::From(_))).map(|right| right.scope)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{HeldBy, Operate, Permission, RIGHTS, Role, operator_scopes};

    #[test]
    fn each_role_may_do_what_the_ones_before_it_may_and_none_what_the_operator_may() {
        for pair in Role::ALL.windows(2) {
            let [less, more] = [pair[0], pair[1]].map(|role| role.scopes().collect::<BTreeSet<_>>());
            assert!(less.is_subset(&more) && !more.contains(Operate::SCOPE));
        }
        let operator: Vec<_> = operator_scopes().collect();
        assert_eq!(operator, ["publications:read", "platform:write"], "an operator sees no private project");
    }

    #[test]
    fn the_documentation_has_the_same_table() {
        let document = include_str!("../../../docs/security.md");
        let mark = |held_by, role: Option<Role>| match held_by {
            HeldBy::Everybody => "x",
            HeldBy::From(least) if role >= Some(least) => "x",
            HeldBy::Operator if role.is_none() => "x",
            HeldBy::From(_) | HeldBy::Operator => "",
        };
        for right in RIGHTS {
            let roles = Role::ALL.iter().map(|role| mark(right.held_by, Some(*role)));
            let marks: Vec<_> = roles.chain([mark(right.held_by, None)]).collect();
            let line = format!("| `{}` | {} | {} |", right.scope, right.allows, marks.join(" | "));
            assert!(document.contains(&line), "docs/security.md lacks: {line}");
        }
    }
}

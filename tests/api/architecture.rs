//! The shape of the code: who may use whom, and how large things may get. The table is the architecture diagram.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use proc_macro2::Span;
use syn::{
    ImplItemFn, ItemFn, ItemMod, ItemUse, UseTree,
    spanned::Spanned,
    visit::{self, Visit},
};

/// Every module with those it may use, downhill only.
const ALLOWED: &[(&str, &str)] = &[
    ("main", "commands config platform"),
    (
        "commands",
        "audit clients config imitation issuer kominn node openapi platform projects publications search server",
    ),
    ("server", "fallback node openapi platform routes security_txt"),
    ("openapi", "platform routes"),
    (
        "routes",
        "adoption audit clients custody feed following health images imitation issuer kominn lineage municipalities problems projects proposals publications reports search searches security_txt upstream \
         vocabularies",
    ),
    ("node", "audit changes config feed following issuer kominn platform projects publications search"),
    ("fallback", "platform"),
    ("health", "platform publications search"),
    ("problems", "platform"),
    ("security_txt", "platform"),
    ("searches", "municipalities platform search"),
    ("search", "adoption changes municipalities platform projects publications"),
    ("feed", "changes municipalities platform projects publications"),
    ("custody", "changes clients platform projects publications"),
    ("kominn", "images municipalities platform projects publications"),
    ("issuer", "clients platform"),
    ("clients", "platform"),
    ("audit", "platform"),
    ("imitation", "adoption municipalities platform projects publications"),
    ("lineage", "adoption municipalities platform projects publications"),
    ("following", "changes municipalities platform publications"),
    ("reports", "municipalities platform"),
    ("proposals", "changes municipalities platform projects publications"),
    ("adoption", "changes municipalities platform projects publications"),
    ("upstream", "changes municipalities platform projects publications"),
    ("publications", "changes municipalities platform projects"),
    ("changes", "platform projects"),
    ("projects", "images municipalities platform"),
    ("images", "platform"),
    ("municipalities", "platform"),
    ("vocabularies", "platform"),
    ("config", "platform"),
    ("platform", ""),
];

/// Which crate may be named where.
const CRATES: &[(&str, &str)] = &[
    ("diesel_async", "store.rs platform/db platform/directory"),
    (
        "actix_web",
        "api.rs cache.rs commands/serve.rs openapi platform server.rs fallback.rs health.rs problems.rs security_txt.rs",
    ),
    ("tantivy", "search platform/error.rs"),
    ("reqwest", "platform kominn/sharepoint"),
];

#[derive(Default)]
struct Seen {
    uses: BTreeSet<String>,
    crates: BTreeSet<String>,
    functions: Vec<(String, usize)>,
}

impl<'ast> Visit<'ast> for Seen {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.tree(&item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if names.first().is_some_and(|first| first == "crate" || first == "glomma") && names.len() > 1 {
            self.uses.insert(names[1].clone());
        }
        if let Some(first) = names.first() {
            self.crates.insert(first.clone());
        }
        visit::visit_path(self, path);
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if item.ident != "tests" {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.functions.push((item.sig.ident.to_string(), lines(item.sig.span(), item.span())));
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        self.functions.push((item.sig.ident.to_string(), lines(item.sig.span(), item.span())));
        visit::visit_impl_item_fn(self, item);
    }
}

impl Seen {
    fn tree(&mut self, tree: &UseTree) {
        let UseTree::Path(path) = tree else { return };
        if path.ident != "crate" && path.ident != "glomma" {
            self.crates.insert(path.ident.to_string());
            return;
        }
        if let UseTree::Group(group) = &*path.tree {
            self.uses.extend(group.items.iter().filter_map(first));
        } else {
            self.uses.extend(first(&path.tree));
        }
    }
}

fn first(tree: &UseTree) -> Option<String> {
    match tree {
        UseTree::Path(path) => Some(path.ident.to_string()),
        UseTree::Name(name) => Some(name.ident.to_string()),
        UseTree::Rename(rename) => Some(rename.ident.to_string()),
        UseTree::Glob(_) | UseTree::Group(_) => None,
    }
}

/// From the signature, without what is written above it, to the closing brace.
fn lines(signature: Span, whole: Span) -> usize {
    whole.end().line - signature.start().line + 1
}

/// Every file of src by its path, with what is in it.
fn sources() -> BTreeMap<String, (String, Seen)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    let mut sources = BTreeMap::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let mut seen = Seen::default();
                seen.visit_file(&syn::parse_file(&text).unwrap());
                sources.insert(path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned(), (text, seen));
            }
        }
    }
    sources
}

fn module_of(path: &str) -> &str {
    path.split('/').next().unwrap().trim_end_matches(".rs")
}

#[test]
fn modules_use_each_other_downhill_only() {
    for (path, (_, seen)) in sources().iter().filter(|(path, _)| *path != "lib.rs") {
        let module = module_of(path);
        let (_, allowed) = ALLOWED
            .iter()
            .find(|(name, _)| *name == module)
            .unwrap_or_else(|| panic!("{module} is not in the table"));
        for used in seen.uses.iter().filter(|used| *used != module) {
            assert!(
                allowed.split(' ').any(|name| name == *used),
                "src/{path} uses {used}, which is not allowed to {module}"
            );
        }
    }
}

#[test]
fn no_two_modules_use_each_other() {
    let order: Vec<&str> = ALLOWED.iter().map(|(name, _)| *name).collect();
    let place = |name: &str| order.iter().position(|other| *other == name).unwrap();
    for (name, allowed) in ALLOWED {
        for used in allowed.split_whitespace() {
            assert!(place(used) > place(name), "{name} -> {used} is uphill");
        }
    }
}

#[test]
fn sql_is_in_stores_and_http_in_apis() {
    for (path, (_, seen)) in sources() {
        for (name, places) in CRATES {
            if seen.crates.contains(*name) {
                assert!(places.split(' ').any(|place| path.contains(place)), "src/{path} uses {name}");
            }
        }
    }
}

#[test]
fn files_and_functions_are_small_enough_to_see_whole() {
    let sources = sources();
    let mut files: Vec<(usize, &str)> =
        sources.iter().map(|(path, (text, _))| (text.lines().count(), path.as_str())).collect();
    let mut functions: Vec<(usize, String)> = sources
        .iter()
        .flat_map(|(path, (_, seen))| {
            seen.functions.iter().map(move |(name, lines)| (*lines, format!("{path}: {name}")))
        })
        .collect();
    files.sort_unstable();
    functions.sort_unstable();
    let (median_file, median_function) = (files[files.len() / 2].0, functions[functions.len() / 2].0);
    // Standard error, because the harness keeps what a passing test prints.
    let mut report = std::io::stderr();
    let (count, functions_count) = (files.len(), functions.len());
    writeln!(report, "{count} files, median {median_file} lines; largest {:?}", &files[count - 5..]).unwrap();
    let largest = &functions[functions_count - 5..];
    writeln!(report, "{functions_count} functions, median {median_function} lines; largest {largest:?}")
        .unwrap();
    assert!(files.last().unwrap().0 <= 400, "{:?}", files.last());
    assert!(functions.last().unwrap().0 <= 60, "{:?}", functions.last());
    assert!(median_file <= 80, "the median file has {median_file} lines");
    assert!(median_function <= 8, "the median function has {median_function} lines");
}

/// What writes goes through `act`, which keeps its `Idempotency-Key`, tells the audit trail, and commits all three as one.
#[test]
fn every_operation_that_writes_is_an_act() {
    // These keep nothing: a check is a question, and a token is told of by the issuer itself.
    let exempt = ["/checks", "/oauth2/token"];
    let mut acts = 0;
    for (path, (text, _)) in sources().iter().filter(|(path, _)| path.ends_with("api.rs")) {
        for method in ["post", "put", "patch", "delete"] {
            for handler in text.split(&format!("\n#[{method}(\"")).skip(1) {
                let route = handler.split('"').next().unwrap();
                let body = handler.split("\n}\n").next().unwrap();
                let is_act = body.contains(".act(");
                assert!(is_act != exempt.contains(&route), "src/{path}: {method} {route}");
                acts += usize::from(is_act);
            }
        }
    }
    let writes = crate::support::Contract::get()
        .operations()
        .iter()
        .filter(|operation| operation.method != reqwest::Method::GET)
        .count();
    assert_eq!(acts, writes - exempt.len(), "every operation was seen");
}

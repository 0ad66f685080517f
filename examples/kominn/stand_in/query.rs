//! The language of `$filter`: read into a tree, checked against the columns, and asked of rows.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::{
    dialect::Problem,
    list::List,
    schema::Kind,
    time::millis,
    token::{Token, tokens},
};

/// What a value is compared with.
#[derive(Debug)]
pub(crate) enum Literal {
    Text(String),
    Number(f64),
    /// Milliseconds since 1970.
    Date(i64),
    Boolean(bool),
    Null,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Relation {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

/// A condition.
#[derive(Debug)]
pub(crate) enum Filter {
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Compare(String, Relation, Literal),
    /// Whether the text is in the column, or at its beginning.
    Within(String, String, bool),
}

impl Filter {
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        let wrong = || Problem::query(format!("The expression \"{text}\" is not valid."));
        let mut parser = Parser { tokens: tokens(text).ok_or_else(wrong)?.into_iter().peekable() };
        let filter = parser.any().ok_or_else(wrong)?;
        if parser.tokens.next().is_some() { Err(wrong()) } else { Ok(filter) }
    }

    /// Refuses what the service cannot ask of these columns.
    pub(crate) fn check(&self, list: &List) -> Result<(), Problem> {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().try_for_each(|part| part.check(list)),
            Self::Compare(name, _, literal) => {
                let kind = askable(list, name)?;
                let numeric = matches!(kind, Kind::Number | Kind::User | Kind::System("Counter"));
                if numeric && !matches!(literal, Literal::Number(_) | Literal::Null) {
                    return Err(Problem::query(format!("The types of '{name}' and of its literal differ.")));
                }
                Ok(())
            }
            Self::Within(name, ..) => {
                askable(list, name)?;
                Ok(())
            }
        }
    }

    pub(crate) fn holds(&self, flat: &Map<String, Value>) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.holds(flat)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(flat)),
            Self::Compare(name, relation, literal) => {
                relation.holds(flat.get(name).unwrap_or(&Value::Null), literal)
            }
            Self::Within(name, text, beginning) => {
                let value = flat.get(name).and_then(Value::as_str).unwrap_or_default().to_lowercase();
                let text = text.to_lowercase();
                if *beginning { value.starts_with(&text) } else { value.contains(&text) }
            }
        }
    }

    /// Whether nothing but the id is asked for, which the service can look up.
    pub(crate) fn by_id(&self) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().all(Self::by_id),
            Self::Compare(name, ..) | Self::Within(name, ..) => name == "Id",
        }
    }

    /// The conditions that all have to hold.
    pub(crate) fn parts(&self) -> &[Self] {
        if let Self::And(parts) = self { parts } else { std::slice::from_ref(self) }
    }
}

impl Relation {
    fn holds(self, value: &Value, literal: &Literal) -> bool {
        // Of several values, one that is equal is enough.
        let order = match value.as_array() {
            Some(values) if !values.is_empty() => {
                let mut orders = values.iter().filter_map(|value| order(value, literal));
                orders.find(|order| order.is_eq())
            }
            Some(_) => order(&Value::Null, literal),
            None => order(value, literal),
        };
        match self {
            Self::Eq => order.is_some_and(Ordering::is_eq),
            // An empty column is unequal to everything.
            Self::Ne => order.is_none_or(Ordering::is_ne),
            Self::Gt => order.is_some_and(Ordering::is_gt),
            Self::Ge => order.is_some_and(Ordering::is_ge),
            Self::Lt => order.is_some_and(Ordering::is_lt),
            Self::Le => order.is_some_and(Ordering::is_le),
        }
    }
}

fn order(value: &Value, literal: &Literal) -> Option<Ordering> {
    match literal {
        Literal::Text(text) => Some(value.as_str()?.to_lowercase().cmp(&text.to_lowercase())),
        Literal::Number(number) => value.as_f64()?.partial_cmp(number),
        Literal::Date(date) => Some(millis(value.as_str()?)?.cmp(date)),
        Literal::Boolean(boolean) => Some(value.as_bool()?.cmp(boolean)),
        Literal::Null => value.is_null().then_some(Ordering::Equal),
    }
}

/// The kind of a column that may stand in a filter or an order.
pub(crate) fn askable(list: &List, name: &str) -> Result<Kind, Problem> {
    let field = list.property(name).ok_or_else(|| Problem::unknown_field(name))?;
    if matches!(field.kind, Kind::Note | Kind::Goals | Kind::Items) {
        return Err(Problem::not_queryable(&field.name, field.kind.type_name()));
    }
    Ok(field.kind)
}

/// The name that a column has in rows: `ID` and `Id` are one, and `Author/Id` is `AuthorId`.
pub(crate) fn canonical(name: &str) -> String {
    match name.strip_suffix("/Id") {
        Some(lookup) => format!("{lookup}Id"),
        None if name == "ID" => "Id".to_owned(),
        None => name.to_owned(),
    }
}

struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
}

impl Parser {
    fn any(&mut self) -> Option<Filter> {
        let mut parts = vec![self.all()?];
        while self.skip("or") {
            parts.push(self.all()?);
        }
        if parts.len() == 1 { parts.pop() } else { Some(Filter::Or(parts)) }
    }

    fn all(&mut self) -> Option<Filter> {
        let mut parts = vec![self.single()?];
        while self.skip("and") {
            parts.push(self.single()?);
        }
        if parts.len() == 1 { parts.pop() } else { Some(Filter::And(parts)) }
    }

    fn single(&mut self) -> Option<Filter> {
        if self.tokens.next_if_eq(&Token::Open).is_some() {
            let inner = self.any()?;
            return self.tokens.next_if_eq(&Token::Close).map(|_| inner);
        }
        let name = self.word()?;
        match name.as_str() {
            "substringof" => {
                self.tokens.next_if_eq(&Token::Open)?;
                let text = self.text()?;
                self.tokens.next_if_eq(&Token::Comma)?;
                let name = self.word()?;
                self.tokens.next_if_eq(&Token::Close)?;
                Some(Filter::Within(canonical(&name), text, false))
            }
            "startswith" => {
                self.tokens.next_if_eq(&Token::Open)?;
                let name = self.word()?;
                self.tokens.next_if_eq(&Token::Comma)?;
                let text = self.text()?;
                self.tokens.next_if_eq(&Token::Close)?;
                Some(Filter::Within(canonical(&name), text, true))
            }
            _ => {
                let relation = relation(&self.word()?)?;
                Some(Filter::Compare(canonical(&name), relation, self.literal()?))
            }
        }
    }

    fn literal(&mut self) -> Option<Literal> {
        match self.tokens.next()? {
            Token::Text(text) => Some(Literal::Text(text)),
            Token::Date(text) => millis(&text).map(Literal::Date),
            Token::Word(word) => match word.as_str() {
                "null" => Some(Literal::Null),
                "true" => Some(Literal::Boolean(true)),
                "false" => Some(Literal::Boolean(false)),
                number => number.parse().ok().map(Literal::Number),
            },
            Token::Open | Token::Close | Token::Comma => None,
        }
    }

    fn skip(&mut self, word: &str) -> bool {
        self.tokens.next_if(|token| matches!(token, Token::Word(found) if found == word)).is_some()
    }

    fn word(&mut self) -> Option<String> {
        if let Token::Word(word) = self.tokens.next()? { Some(word) } else { None }
    }

    fn text(&mut self) -> Option<String> {
        if let Token::Text(text) = self.tokens.next()? { Some(text) } else { None }
    }
}

fn relation(word: &str) -> Option<Relation> {
    match word {
        "eq" => Some(Relation::Eq),
        "ne" => Some(Relation::Ne),
        "gt" => Some(Relation::Gt),
        "ge" => Some(Relation::Ge),
        "lt" => Some(Relation::Lt),
        "le" => Some(Relation::Le),
        _ => None,
    }
}

//! Values of SQLite and of Rust: parameters in, rows out.

use crate::Value;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, Error as _, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use std::fmt;

/// Parameters of a statement: `params![id, amount, None::<i64>]` is a `&[Value]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::Value::from($value)),*] as &[$crate::Value] };
}

macro_rules! from {
    ($($type:ty: $case:ident $convert:expr;)*) => {
        $(
            impl From<$type> for Value {
                fn from(value: $type) -> Self {
                    let convert: fn($type) -> _ = $convert;
                    Self::$case(convert(value))
                }
            }
        )*
    };
}

from! {
    i64: Integer |value| value;
    i32: Integer i64::from;
    u32: Integer i64::from;
    bool: Integer i64::from;
    f64: Real |value| value;
    String: Text |value| value;
    &String: Text String::clone;
    &str: Text str::to_owned;
    Vec<u8>: Blob |value| value;
    &[u8]: Blob <[u8]>::to_vec;
}

impl<T> From<Option<T>> for Value
where
    Self: From<T>,
{
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::from)
    }
}

/// Why a row is not of the wanted type.
#[derive(Debug)]
pub(crate) struct Failed(String);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failed {}

impl serde::de::Error for Failed {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// One row on its way to a type.
pub(crate) struct Row<'c> {
    pub(crate) columns: &'c [String],
    pub(crate) values: Vec<Value>,
}

impl Row<'_> {
    /// The only value of the row.
    fn single(self) -> Result<Cell, Failed> {
        let count = self.values.len();
        let mut values = self.values.into_iter();
        match (values.next(), count) {
            (Some(value), 1) => Ok(Cell(value)),
            _ => Err(Failed::custom(format_args!("one column is wanted, and there are {count}"))),
        }
    }
}

macro_rules! single {
    ($($method:ident)*) => {
        $(
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failed> {
                self.single()?.$method(visitor)
            }
        )*
    };
}

impl<'de> Deserializer<'de> for Row<'_> {
    type Error = Failed;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failed> {
        let pairs = self.columns.iter().map(String::as_str).zip(self.values.into_iter().map(Cell));
        visitor.visit_map(MapDeserializer::new(pairs))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failed> {
        visitor.visit_seq(SeqDeserializer::new(self.values.into_iter().map(Cell)))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Failed> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Failed> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failed> {
        self.single()?.deserialize_enum(name, variants, visitor)
    }

    single! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128 deserialize_u8 deserialize_u16
        deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64 deserialize_char deserialize_str
        deserialize_string deserialize_bytes deserialize_byte_buf deserialize_option
    }

    forward_to_deserialize_any! { unit unit_struct tuple_struct map struct identifier ignored_any }
}

/// One value on its way to a type.
struct Cell(Value);

impl<'de> Deserializer<'de> for Cell {
    type Error = Failed;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failed> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Integer(value) => visitor.visit_i64(value),
            Value::Real(value) => visitor.visit_f64(value),
            Value::Text(value) => visitor.visit_string(value),
            Value::Blob(value) => visitor.visit_byte_buf(value),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failed> {
        if let Value::Null = self.0 { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    /// SQLite has no booleans: 0 and 1 stand for them.
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failed> {
        match self.0 {
            Value::Integer(value @ (0 | 1)) => visitor.visit_bool(value == 1),
            _ => self.deserialize_any(visitor),
        }
    }

    /// A blob is also a list of its bytes, which is how serde reads a `Vec<u8>`.
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failed> {
        match self.0 {
            Value::Blob(bytes) => visitor.visit_seq(SeqDeserializer::new(bytes.into_iter())),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Failed> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failed> {
        match self.0 {
            Value::Text(text) => text.into_deserializer().deserialize_enum(name, variants, visitor),
            _ => self.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct tuple tuple_struct map struct
        identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Failed> for Cell {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde::de::DeserializeOwned;

    fn read<T: DeserializeOwned>(columns: &[&str], values: &[Value]) -> Result<T, String> {
        let columns: Vec<String> = columns.iter().map(|&name| name.to_owned()).collect();
        T::deserialize(Row { columns: &columns, values: values.to_vec() }).map_err(|error| error.to_string())
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Gift,
        Card,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Account {
        id: String,
        cents: i64,
        open: bool,
        note: Option<String>,
        kind: Kind,
        seal: Vec<u8>,
        rate: f64,
    }

    #[test]
    fn a_row_becomes_a_struct_a_tuple_or_a_value() {
        let columns = ["kind", "id", "cents", "open", "note", "seal", "rate"];
        let values = params!["card", "a1", i64::MAX, true, None::<String>, vec![0_u8, 255], 0.5];
        let account: Account = read(&columns, values).expect("an account");
        let expected =
            Account { id: "a1".to_owned(), cents: i64::MAX, open: true, note: None, kind: Kind::Card, seal: vec![0, 255], rate: 0.5 };
        assert_eq!(account, expected);
        assert_eq!(read::<(String, Option<i64>)>(&["a", "b"], params!["x", 7_i64]), Ok(("x".to_owned(), Some(7))));
        assert_eq!(read::<i64>(&["n"], params![7_i64]), Ok(7));
        assert_eq!(read::<Option<f64>>(&["n"], params![None::<f64>]), Ok(None));
        assert_eq!(read::<Kind>(&["kind"], params!["gift"]), Ok(Kind::Gift));
        assert_eq!(read::<bool>(&["n"], params![0_i64]), Ok(false));
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let error = |result: Result<i64, String>| result.expect_err("no integer");
        assert_eq!(error(read(&["n"], params!["x"])), "invalid type: string \"x\", expected i64");
        assert_eq!(error(read(&["n"], params![None::<i64>])), "invalid type: unit value, expected i64");
        assert_eq!(error(read(&["a", "b"], params![1_i64, 2_i64])), "one column is wanted, and there are 2");
        assert!(read::<u8>(&["n"], params![256_i64]).is_err());
        assert!(read::<bool>(&["n"], params![2_i64]).is_err());
        assert!(read::<Account>(&["id"], params!["a1"]).is_err());
    }
}

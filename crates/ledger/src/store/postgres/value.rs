//! Values on their way to `PostgreSQL` and back. What a type of ours is in a row is said once, by its
//! `ToSql` and `FromSql` for `SQLite`: a number, a text or bytes. Here these become what a column holds.

use std::error::Error;

use bytes::BytesMut;
use rusqlite::types::{FromSql as Read, FromSqlError, Type as ReadType, Value as Owned, ValueRef};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::error::StoreError;

type Mismatch = Box<dyn Error + Sync + Send>;

/// A parameter.
#[derive(Debug)]
pub(super) struct Value(Owned);

/// A column of a row.
struct Column<'a>(ValueRef<'a>);

impl Value {
    /// What a parameter is.
    pub(super) fn of(parameter: &dyn rusqlite::ToSql) -> Result<Self, StoreError> {
        use rusqlite::types::ToSqlOutput;
        match parameter.to_sql()? {
            ToSqlOutput::Borrowed(value) => {
                Ok(Self(value.try_into().map_err(|_| text_is_not_utf8())?))
            }
            ToSqlOutput::Owned(value) => Ok(Self(value)),
            _ => Err(StoreError::Damaged("a parameter of a kind that only SQLite has".to_owned())),
        }
    }
}

fn text_is_not_utf8() -> StoreError {
    StoreError::Damaged("a text that is not UTF-8".to_owned())
}

impl ToSql for Value {
    fn to_sql(&self, column: &Type, out: &mut BytesMut) -> Result<IsNull, Mismatch> {
        match &self.0 {
            Owned::Null => return Ok(IsNull::Yes),
            Owned::Integer(number) => return number_to_sql(*number, column, out),
            Owned::Text(text) if is_text(column) => out.extend_from_slice(text.as_bytes()),
            Owned::Blob(bytes) if *column == Type::BYTEA => out.extend_from_slice(bytes),
            other => return Err(format!("a {} for a {column}", other.data_type()).into()),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn number_to_sql(number: i64, column: &Type, out: &mut BytesMut) -> Result<IsNull, Mismatch> {
    match *column {
        Type::INT8 => number.to_sql(column, out),
        Type::INT4 => i32::try_from(number)?.to_sql(column, out),
        Type::INT2 => i16::try_from(number)?.to_sql(column, out),
        Type::BOOL => (number != 0).to_sql(column, out),
        _ => Err(format!("a number for a {column}").into()),
    }
}

fn is_text(column: &Type) -> bool {
    matches!(*column, Type::TEXT | Type::VARCHAR | Type::NAME | Type::UNKNOWN)
}

impl<'a> FromSql<'a> for Column<'a> {
    fn from_sql(column: &Type, raw: &'a [u8]) -> Result<Self, Mismatch> {
        let value = match *column {
            Type::INT8 => ValueRef::Integer(i64::from_sql(column, raw)?),
            Type::INT4 => ValueRef::Integer(i32::from_sql(column, raw)?.into()),
            Type::INT2 => ValueRef::Integer(i16::from_sql(column, raw)?.into()),
            Type::BOOL => ValueRef::Integer(bool::from_sql(column, raw)?.into()),
            Type::BYTEA => ValueRef::Blob(raw),
            _ if is_text(column) => ValueRef::Text(raw),
            _ => return Err(format!("a {column} is of no kind that is kept").into()),
        };
        Ok(Self(value))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Mismatch> {
        Ok(Self(ValueRef::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A column's value, with the errors that `SQLite` would give.
pub(crate) fn read<T: Read>(row: &tokio_postgres::Row, column: usize) -> Result<T, StoreError> {
    use rusqlite::Error as E;
    let Column(value) = row.try_get(column)?;
    let error = match T::column_result(value) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    let kind: ReadType = value.data_type();
    let name = row.columns().get(column).map_or("", |column| column.name());
    Err(match error {
        FromSqlError::InvalidType => E::InvalidColumnType(column, name.to_owned(), kind),
        FromSqlError::OutOfRange(number) => E::IntegralValueOutOfRange(column, number),
        other => E::FromSqlConversionFailure(column, kind, Box::new(other)),
    }
    .into())
}

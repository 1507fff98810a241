//! One session with `PostgreSQL`, for threads that may wait.
//!
//! A thread of its own moves the bytes; whoever asks waits on his own thread for the answer. A
//! statement whose outcome nobody needs is sent and not waited for while a transaction is open: the
//! server works through them in order, and the next question, or the commit, comes with the answers
//! of all before it. So a batch of a thousand insertions costs one round trip.
//!
//! Rows of the tables that grow with every event are kept back until there are many of them; see
//! [`super::bulk`]. Inside a savepoint every statement is waited
//! for, because there a refusal must be told to the one who asked, and nobody else.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::io;
use std::ops::ControlFlow;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use futures_util::TryStreamExt;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::error::Severity;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Error, NoTls, Row, Socket, Statement};

use super::bulk;
use super::tls;
use super::value::Value;
use crate::error::{StoreError, chain};
use crate::location::Postgres;
use crate::store::db::Params;
use crate::store::tables::Tables;

/// So many statements may be on their way before one is waited for.
const SENT_MAX: usize = 1_024;
/// A visitor who has enough after a page shall not wait for more.
const FIRST_ROWS: usize = 64;
/// The rest of a long answer comes so many rows at a time.
const FURTHER_ROWS: usize = 1_024;

type Answer<T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>;

/// An open session.
pub(crate) struct Session {
    client: Arc<Client>,
    statements: RefCell<HashMap<String, Arc<Prepared>>>,
    /// Rows that were inserted and are not sent yet.
    kept: RefCell<Vec<bulk::Rows>>,
    /// Statements that were sent, the oldest first.
    sent: RefCell<VecDeque<Answer<u64>>>,
    /// How many statements that write were sent, and errors met: both leave something to undo.
    written: Cell<u64>,
    state: Cell<State>,
    /// How many visits are open, one inside another.
    visits: Cell<usize>,
    /// Whether the server has ended it, or does not answer: the connection may still be there for a
    /// moment.
    is_lost: Cell<bool>,
}

/// What is open on the server's side.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    Transaction,
    Savepoint,
}

/// A statement that the server knows.
struct Prepared {
    statement: Statement,
    writes: bool,
    /// The growing tables that it names.
    tables: Tables,
    /// The statement for many rows at once, where there is one.
    for_many: Option<String>,
}

/// A table while it is filled. Nothing else may be asked of its session meanwhile.
pub(crate) struct Filling(Pin<Box<BinaryCopyInWriter>>);

impl Filling {
    /// Adds a row.
    pub(crate) fn put(&mut self, params: Params<'_>) -> Result<(), StoreError> {
        Ok(wait(self.0.as_mut().write_raw(values(params)?))?)
    }

    /// Ends. Without it, no row is added.
    pub(crate) fn finish(mut self) -> Result<(), StoreError> {
        Ok(wait(self.0.as_mut().finish()).map(drop)?)
    }
}

impl Session {
    /// Connects, on a thread that lives as long as the session.
    pub(super) fn connect(to: &Postgres) -> Result<Self, StoreError> {
        let (config, (tell, told)) = (to.config().clone(), sync_channel(1));
        let encrypted = tls::connector(to.encryption())?;
        let thread = std::thread::Builder::new().name("ledger-postgres".into());
        let spawned = thread.spawn(move || match (runtime(), encrypted) {
            (Err(error), _) => drop(tell.send(Err(StoreError::Session(error)))),
            (Ok(runtime), None) => runtime.block_on(converse(&config, NoTls, &tell)),
            (Ok(runtime), Some(tls)) => runtime.block_on(converse(&config, tls, &tell)),
        });
        spawned.map_err(StoreError::Session)?;
        let ended = || StoreError::Session(io::Error::other("the session's thread ended"));
        Ok(Self::new(told.recv().map_err(|_| ended())??))
    }

    fn new(client: Client) -> Self {
        Self {
            client: Arc::new(client),
            statements: RefCell::default(),
            kept: RefCell::default(),
            sent: RefCell::default(),
            written: Cell::new(0),
            state: Cell::new(State::Idle),
            visits: Cell::new(0),
            is_lost: Cell::new(false),
        }
    }

    /// Whether it can be used no longer.
    pub(crate) fn is_closed(&self) -> bool {
        self.is_lost.get() || self.client.is_closed()
    }

    /// Runs statements without parameters, one after the other, and waits for them.
    pub(crate) fn script(&self, text: &str) -> Result<(), StoreError> {
        self.settle()?;
        self.told(wait(self.client.batch_execute(text)))
    }

    /// Sends a statement whose outcome nobody asks for.
    pub(crate) fn send(&self, text: &str, params: Params<'_>) -> Result<(), StoreError> {
        let (prepared, values) = (self.prepared(text)?, values(params)?);
        self.count(&prepared);
        if self.state.get() != State::Transaction {
            self.put(prepared, values)?;
            return self.settle();
        }
        if prepared.for_many.is_some() {
            return self.keep(text, &prepared, values);
        }
        self.send_rows(prepared.tables)?;
        self.put(prepared, values)
    }

    /// Keeps a row back until there are more of its kind, or somebody asks.
    fn keep(&self, text: &str, prepared: &Prepared, row: Vec<Value>) -> Result<(), StoreError> {
        let mut kept = self.kept.borrow_mut();
        let Some(rows) = kept.iter_mut().find(|rows| rows.text == text) else {
            kept.push(bulk::Rows::new(text, prepared.tables, row));
            return Ok(());
        };
        rows.push(row);
        let is_full = rows.is_full();
        drop(kept);
        if is_full { self.send_rows(prepared.tables) } else { Ok(()) }
    }

    /// Sends the rows of some tables that were kept back.
    fn send_rows(&self, tables: Tables) -> Result<(), StoreError> {
        let is_due = |rows: &mut bulk::Rows| rows.table.meets(tables);
        let due: Vec<_> = self.kept.borrow_mut().extract_if(.., is_due).collect();
        for rows in due {
            let one = self.prepared(&rows.text)?;
            match &one.for_many {
                Some(many) if rows.len() > 1 => {
                    self.put(self.prepared(many)?, rows.into_columns())?;
                }
                _ => self.put(one, rows.into_columns().into_iter().flatten().collect())?,
            }
        }
        Ok(())
    }

    /// Begins to fill a table, whose insertion of one row this is: rows go to the server in a stream, as
    /// `copy` takes them.
    pub(crate) fn fill(
        &self,
        table: &str,
        columns: &str,
        insert: &str,
    ) -> Result<Filling, StoreError> {
        let one = self.prepared(insert)?;
        self.settle()?;
        let copy = format!("copy {table} ({columns}) from stdin (format binary)");
        let sink = self.told(wait(self.client.copy_in(&copy)))?;
        Ok(Filling(Box::pin(BinaryCopyInWriter::new(sink, one.statement.params()))))
    }

    /// Runs a statement; says how many rows it changed.
    pub(crate) fn changed(&self, text: &str, params: Params<'_>) -> Result<u64, StoreError> {
        let (prepared, values) = (self.prepared(text)?, values(params)?);
        self.count(&prepared);
        self.send_rows(prepared.tables)?;
        self.ask(self.client.execute_raw(&prepared.statement, values))
    }

    /// All rows of an answer.
    pub(crate) fn rows(&self, text: &str, params: Params<'_>) -> Result<Vec<Row>, StoreError> {
        let (prepared, values) = (self.prepared(text)?, values(params)?);
        self.count(&prepared);
        self.send_rows(prepared.tables)?;
        self.ask(rows(&self.client, &prepared.statement, values))
    }

    /// The rows of each of many answers to one statement: all questions are on their way before the first
    /// answer is waited for. Rows that are kept back stay so.
    pub(crate) fn rows_of_each(
        &self,
        text: &str,
        all: &[Params<'_>],
    ) -> Result<Vec<Vec<Row>>, StoreError> {
        let prepared = self.prepared(text)?;
        self.count(&prepared);
        let mut answers = Vec::with_capacity(all.len());
        for some in all.chunks(SENT_MAX) {
            let mut questions = Vec::with_capacity(some.len());
            for params in some {
                let values = values(params)?;
                let mut question = Box::pin(rows(&self.client, &prepared.statement, values));
                let mut noop = Context::from_waker(Waker::noop());
                questions.push((question.as_mut().poll(&mut noop), question));
            }
            self.drain()?;
            for (first, question) in questions {
                answers.push(self.told(match first {
                    Poll::Ready(answer) => answer,
                    Poll::Pending => wait(question),
                })?);
            }
        }
        Ok(answers)
    }

    /// Visits rows of an answer that may be long. The visitor may ask for something else meanwhile.
    pub(crate) fn visit(
        &self,
        text: &str,
        params: Params<'_>,
        visit: impl FnMut(&Row) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        let depth = self.visits.get();
        self.visits.set(depth + 1);
        let is_alone = self.state.get() == State::Idle;
        if is_alone {
            self.begin("begin isolation level repeatable read read only")?;
        }
        let outcome = self.visit_within(&format!("visit_{depth}"), text, params, visit);
        self.visits.set(depth);
        if is_alone {
            self.undo("rollback")?;
        }
        outcome
    }

    /// A cursor has its answer planned for the first rows to come soon, which is what a list wants.
    fn visit_within(
        &self,
        cursor: &str,
        text: &str,
        params: Params<'_>,
        mut visit: impl FnMut(&Row) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        self.send(&format!("declare {cursor} no scroll cursor for {text}"), params)?;
        let outcome = self.fetch_all(cursor, &mut visit);
        let closed = self.send(&format!("close {cursor}"), &[]);
        outcome.and(closed)
    }

    fn fetch_all(
        &self,
        cursor: &str,
        visit: &mut impl FnMut(&Row) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        let mut count = FIRST_ROWS;
        // What a fetch answers depends on the cursor, so it is prepared for each.
        let mut fetch = self.prepare_fetch(count, cursor)?;
        loop {
            let found = self.ask(rows(&self.client, &fetch, Vec::new()))?;
            for row in &found {
                if visit(row)?.is_break() {
                    return Ok(());
                }
            }
            if found.len() < count {
                return Ok(());
            }
            if count == FIRST_ROWS {
                count = FURTHER_ROWS;
                fetch = self.prepare_fetch(count, cursor)?;
            }
        }
    }

    fn prepare_fetch(&self, count: usize, cursor: &str) -> Result<Statement, StoreError> {
        self.ask(self.client.prepare(&format!("fetch {count} from {cursor}")))
    }

    /// Begins a transaction.
    pub(crate) fn begin(&self, text: &str) -> Result<(), StoreError> {
        self.state.set(State::Transaction);
        self.send(text, &[])
    }

    /// Commits. A statement that was sent and failed made a rollback of it, which is told.
    pub(crate) fn commit(&self, text: &str) -> Result<(), StoreError> {
        let kept = self.send_rows(Tables::ALL);
        let sent = kept.and_then(|()| self.send(text, &[]));
        self.state.set(State::Idle);
        sent.and_then(|()| self.drain())
    }

    /// Ends a transaction that wrote nothing that anybody wants, whatever became of what was sent.
    pub(crate) fn undo(&self, text: &str) -> Result<(), StoreError> {
        self.state.set(State::Idle);
        self.kept.borrow_mut().clear();
        drop(self.drain());
        self.send(text, &[])
    }

    /// Ends a transaction that only read and has all its answers. Nobody waits for that: the next question
    /// comes behind it.
    pub(crate) fn leave(&self, text: &str) -> Result<(), StoreError> {
        self.put(self.prepared(text)?, Vec::<Value>::new())?;
        self.state.set(State::Idle);
        Ok(())
    }

    /// Waits for whatever was sent, and from now on for every statement.
    pub(crate) fn begin_savepoint(&self, text: &str) -> Result<(), StoreError> {
        self.settle()?;
        self.state.set(State::Savepoint);
        self.send(text, &[])
    }

    /// Sends without waiting again.
    pub(crate) fn end_savepoint(&self, text: &str) -> Result<(), StoreError> {
        self.send(text, &[])?;
        self.state.set(State::Transaction);
        Ok(())
    }

    /// Sends whatever was kept back, and waits for all that was sent; gives the first error.
    pub(crate) fn settle(&self) -> Result<(), StoreError> {
        self.send_rows(Tables::ALL).and(self.drain())
    }

    fn drain(&self) -> Result<(), StoreError> {
        let mut outcome = Ok(());
        let sent = std::mem::take(&mut *self.sent.borrow_mut());
        for answer in sent {
            let answer = wait(answer);
            if outcome.is_ok() {
                outcome = self.told(answer.map(drop));
            }
        }
        outcome
    }

    /// A number that is another one once something was written or failed.
    pub(crate) fn written(&self) -> u64 {
        self.written.get()
    }

    /// Sends a question behind all that was sent, and waits for all of it.
    fn ask<T>(&self, question: impl Future<Output = Result<T, Error>>) -> Result<T, StoreError> {
        let mut question = pin!(question);
        let first = question.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        self.drain()?;
        self.told(match first {
            Poll::Ready(answer) => answer,
            Poll::Pending => wait(question),
        })
    }

    /// Puts a statement on its way: the first look at it sends it.
    fn put<P>(&self, prepared: Arc<Prepared>, params: Vec<P>) -> Result<(), StoreError>
    where
        P: ToSql + Sync + Send + 'static,
    {
        let client = Arc::clone(&self.client);
        let mut answer: Answer<u64> = Box::pin(async move {
            let params = params.iter().map(|parameter| parameter as &(dyn ToSql + Sync));
            client.execute_raw(&prepared.statement, params).await
        });
        match answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => return self.told(answer.map(drop)),
            Poll::Pending => self.sent.borrow_mut().push_back(answer),
        }
        if self.sent.borrow().len() < SENT_MAX { Ok(()) } else { self.drain() }
    }

    fn told<T>(&self, answer: Result<T, Error>) -> Result<T, StoreError> {
        if let Err(error) = &answer {
            self.written.set(self.written.get() + 1);
            self.is_lost.set(self.is_lost.get() || ends_session(error));
        }
        Ok(answer?)
    }

    fn count(&self, prepared: &Prepared) {
        self.written.set(self.written.get() + u64::from(prepared.writes));
    }

    /// A statement, prepared once for the session.
    fn prepared(&self, text: &str) -> Result<Arc<Prepared>, StoreError> {
        if let Some(prepared) = self.statements.borrow().get(text) {
            return Ok(Arc::clone(prepared));
        }
        let statement = self.ask(self.client.prepare(&dollars(text)))?;
        let for_many = bulk::for_many(text, statement.params());
        let tables = Tables::named_in(text);
        let prepared = Arc::new(Prepared { statement, writes: writes(text), tables, for_many });
        self.statements.borrow_mut().insert(text.to_owned(), Arc::clone(&prepared));
        Ok(prepared)
    }
}

/// Moves the bytes of a session until it ends; tells first whether it began.
async fn converse<T: MakeTlsConnect<Socket>>(
    config: &Config,
    tls: T,
    tell: &SyncSender<Result<Client, StoreError>>,
) {
    match config.connect(tls).await {
        Err(error) => drop(tell.send(Err(error.into()))),
        Ok((client, connection)) => {
            drop(tell.send(Ok(client)));
            if let Err(error) = connection.await {
                tracing::warn!(error = chain(&error), "a session with PostgreSQL ended");
            }
        }
    }
}

/// Whether there is no session any more after this: nobody answers, or the server says goodbye.
fn ends_session(error: &Error) -> bool {
    if let Some(said) = error.as_db_error() {
        return matches!(said.parsed_severity(), Some(Severity::Fatal | Severity::Panic));
    }
    let cause = std::error::Error::source(error);
    error.is_closed() || cause.is_some_and(<dyn std::error::Error>::is::<io::Error>)
}

fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// `?1` is `$1` here; our statements have question marks nowhere else.
fn dollars(text: &str) -> String {
    text.replace('?', "$")
}

fn writes(text: &str) -> bool {
    const WRITING: [&str; 3] = ["insert", "update", "delete"];
    WRITING.iter().any(|verb| text.trim_start().starts_with(verb))
}

fn values(params: Params<'_>) -> Result<Vec<Value>, StoreError> {
    params.iter().map(|parameter| Value::of(*parameter)).collect()
}

async fn rows(
    client: &Client,
    statement: &Statement,
    values: Vec<Value>,
) -> Result<Vec<Row>, Error> {
    client.query_raw(statement, values).await?.try_collect().await
}

/// A thread that sleeps until its answer is there.
struct Sleeper(Thread);

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for an answer on this thread. What moves the bytes is another thread's, so that this works
/// wherever it is called: on a blocking thread, in the writer, at a start.
fn wait<T>(answer: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Sleeper(std::thread::current())));
    let mut answer = pin!(answer);
    loop {
        match answer.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(answer) => return answer,
            Poll::Pending => std::thread::park(),
        }
    }
}

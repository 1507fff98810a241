//! One submission to one witness, from the newest checkpoint to the stored signature. When the
//! next one is due is decided in `wait`.

use ledger::{Ledger, Remembered};
use tlog::{AddCheckpoint, Checkpoint, Hash, Origin, Signature, SignedNote, VerifierKey};

use crate::place::{Answer, Place, Trouble, signed_by, without_cosignatures};

/// How often in one round a witness may say that it is at another size. Others may submit our
/// checkpoints too, so it may happen; a witness that always has another answer doesn't mean well.
const JUMPS_MAX: u32 = 3;

/// What one witness is known to have signed, and how to go on from there.
pub(crate) struct Round {
    ledger: Ledger,
    pub(crate) place: Place,
    log: VerifierKey,
    /// The size that the witness signed last, as far as it said so.
    known_size: u64,
}

/// Our newest checkpoint.
struct Newest {
    note: SignedNote,
    head: Checkpoint,
}

/// How a round ended without a signature.
#[derive(Debug)]
pub(crate) enum Setback {
    /// Try again after a while.
    Later(Trouble),
    /// The witness contradicts us and can't prove it: try again after a long while.
    Unproven(String),
    /// All signing has stopped.
    Stopped,
}

impl Round {
    pub(crate) fn new(ledger: Ledger, place: Place) -> Self {
        let log = ledger.log_key();
        Self { ledger, place, log, known_size: 0 }
    }

    /// Has the newest checkpoint cosigned, and gives its size.
    pub(crate) async fn run(&mut self) -> Result<u64, Setback> {
        for _ in 0..=JUMPS_MAX {
            let newest = self.newest().await?;
            if self.known_size > newest.head.size {
                // What it said before, and what our log has still not reached.
                return Err(self.examine(larger(self.known_size, &newest.head)).await);
            }
            let request = self.request(&newest).await?;
            match self.place.submit(&request).await? {
                Answer::Cosigned(signatures) => return self.keep(&newest, signatures).await,
                Answer::OtherSize(size) if size == self.known_size => {
                    let claim = format!("it names {size} entries and refuses what continues them");
                    return Err(self.examine(claim).await);
                }
                Answer::OtherSize(size) => self.known_size = size,
                Answer::Contradicted(words) => {
                    let claim = format!(
                        "it says that our log of {} entries contradicts the one that it knows \
                         ({words})",
                        newest.head.size
                    );
                    return Err(self.examine(claim).await);
                }
            }
        }
        Err(Trouble::new("it names another size each time").into())
    }

    /// The size of the newest checkpoint.
    pub(crate) async fn newest_size(&self) -> Result<u64, Setback> {
        Ok(self.newest().await?.head.size)
    }

    async fn newest(&self) -> Result<Newest, Setback> {
        let note = self.ledger.checkpoint().await.map_err(|error| Trouble::of(&error))?;
        let note = SignedNote::parse(&note).map_err(|error| Trouble::of(&error))?;
        let head = Checkpoint::open(&note, &self.log).map_err(|error| Trouble::of(&error))?;
        let note = without_cosignatures(&note, self.log.name())
            .expect("invariant: the note was opened with the log's key, so its signature is there");
        Ok(Newest { note, head })
    }

    async fn request(&self, newest: &Newest) -> Result<AddCheckpoint, Setback> {
        let proof = self.proof(newest.head.size).await?;
        Ok(AddCheckpoint { old_size: self.known_size, proof, checkpoint: newest.note.clone() })
    }

    async fn proof(&self, size: u64) -> Result<Vec<Hash>, Setback> {
        if self.known_size == 0 {
            return Ok(Vec::new());
        }
        let proof = self.ledger.consistency_proof(self.known_size, size).await;
        let proof = proof.map_err(|error| Trouble::of(&error))?;
        Ok(proof.ok_or_else(|| Trouble::new("the log can't be proved to continue"))?)
    }

    /// Stores what was signed, if it holds.
    async fn keep(&mut self, newest: &Newest, signatures: Vec<Signature>) -> Result<u64, Setback> {
        let size = newest.head.size;
        let signatures = self.place.verified(&newest.note, signatures)?;
        // From here on, the witness is known to be there, whether we can store that or not.
        self.known_size = size;
        let stored = self.ledger.add_cosignatures(size, signatures).await;
        stored.map_err(|error| Trouble::new(format!("its signature is not stored: {error}")))?;
        Ok(size)
    }

    /// Looks for evidence of what the witness claims, as the text of `feeder` says. Without any, it
    /// is asked from the beginning when its turn comes again.
    async fn examine(&mut self, claim: String) -> Setback {
        self.known_size = 0;
        let origin = Origin::from(self.log.name());
        let shown = match self.place.shown(&origin).await {
            Ok(shown) => shown,
            Err(trouble) => return Setback::Unproven(format!("{claim}; {trouble}")),
        };
        let Some(proven) = shown.as_ref().and_then(|note| signed_by(&self.log, note)) else {
            return Setback::Unproven(claim);
        };
        let remembered = Remembered {
            place: self.place.name.clone(),
            size: proven.size,
            root: Some(proven.root),
        };
        match self.ledger.stop_signing(remembered).await {
            Ok(Some(_)) => Setback::Stopped,
            Ok(None) => Setback::Unproven(claim),
            Err(error) => Setback::Later(Trouble::of(&error)),
        }
    }
}

fn larger(size: u64, ours: &Checkpoint) -> String {
    format!("it says that it knows our log with {size} entries, and it has {}", ours.size)
}

impl From<Trouble> for Setback {
    fn from(trouble: Trouble) -> Self {
        Self::Later(trouble)
    }
}

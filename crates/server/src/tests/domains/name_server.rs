//! A name server over UDP and TCP that says what a test wants. Its messages are written by hand after
//! RFC 1035, so that a mistake of the library that reads them has nothing to hide behind.

use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UdpSocket},
};

const TYPE_A: u16 = 1;
const TYPE_TXT: u16 = 16;
const NO_SUCH_NAME: u16 = 3;
const TRUNCATED: u16 = 0x0200;
const HEADER_BYTES: usize = 12;
const UDP_BYTES_MAX: usize = 512;

/// What is said about a name, whatever is asked.
#[derive(Clone)]
pub(super) enum Said {
    /// Its TXT records.
    Texts(Vec<String>),
    /// Its A record.
    Address(Ipv4Addr),
    NoSuchName,
    /// An error, by its number.
    Failure(u16),
    /// What is no message.
    Garbage,
    /// No answer.
    Nothing,
}

type Names = Arc<Mutex<HashMap<String, Said>>>;

/// A running name server. Names of which nothing is said do not exist.
pub(super) struct NameServer {
    pub(super) address: SocketAddr,
    names: Names,
}

impl NameServer {
    pub(super) async fn start() -> Self {
        let names = Names::default();
        let (udp, tcp) = sockets().await;
        let address = udp.local_addr().unwrap();
        tokio::spawn(over_udp(udp, names.clone()));
        tokio::spawn(over_tcp(tcp, names.clone()));
        Self { address, names }
    }

    pub(super) fn say(&self, name: &str, said: Said) {
        self.names.lock().unwrap().insert(name.to_owned(), said);
    }
}

/// Two sockets with one number.
async fn sockets() -> (UdpSocket, TcpListener) {
    loop {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        if let Ok(udp) = UdpSocket::bind(tcp.local_addr().unwrap()).await {
            return (udp, tcp);
        }
    }
}

async fn over_udp(socket: UdpSocket, names: Names) {
    let mut question = [0; UDP_BYTES_MAX];
    while let Ok((length, peer)) = socket.recv_from(&mut question).await {
        let Some(mut answer) = answer(&question[..length], &names) else { continue };
        if answer.len() > UDP_BYTES_MAX {
            let end = question_end(&question[..length]);
            answer.truncate(end);
            let flags = u16::from_be_bytes([answer[2], answer[3]]) | TRUNCATED;
            answer[2..4].copy_from_slice(&flags.to_be_bytes());
            answer[6..12].fill(0);
        }
        socket.send_to(&answer, peer).await.unwrap();
    }
}

async fn over_tcp(listener: TcpListener, names: Names) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(converse(stream, names.clone()));
    }
}

async fn converse(mut stream: TcpStream, names: Names) {
    while let Ok(length) = stream.read_u16().await {
        let mut question = vec![0; length.into()];
        stream.read_exact(&mut question).await.unwrap();
        let Some(answer) = answer(&question, &names) else { continue };
        stream.write_u16(answer.len().try_into().unwrap()).await.unwrap();
        stream.write_all(&answer).await.unwrap();
    }
}

/// Where the first question of a message ends.
fn question_end(message: &[u8]) -> usize {
    let name = message[HEADER_BYTES..].iter().position(|byte| *byte == 0).unwrap();
    HEADER_BYTES + name + 1 + 4
}

/// The name of the first question, and the type that is asked for.
fn asked(message: &[u8]) -> (String, u16) {
    let mut rest = &message[HEADER_BYTES..];
    let mut labels = Vec::new();
    while let [length, tail @ ..] = rest
        && *length > 0
    {
        let (label, tail) = tail.split_at((*length).into());
        labels.push(String::from_utf8_lossy(label).to_lowercase());
        rest = tail;
    }
    (labels.join("."), u16::from_be_bytes([rest[1], rest[2]]))
}

fn answer(question: &[u8], names: &Names) -> Option<Vec<u8>> {
    let (name, kind) = asked(question);
    let said = names.lock().unwrap().get(&name).cloned().unwrap_or(Said::NoSuchName);
    let (code, records) = match said {
        Said::Nothing => return None,
        Said::Garbage => return Some(vec![0xff; 7]),
        Said::NoSuchName => (NO_SUCH_NAME, Vec::new()),
        Said::Failure(code) => (code, Vec::new()),
        Said::Address(address) if kind == TYPE_A => (0, vec![address.octets().to_vec()]),
        Said::Texts(texts) if kind == TYPE_TXT => (0, texts.iter().map(|text| txt(text)).collect()),
        Said::Address(_) | Said::Texts(_) => (0, Vec::new()),
    };
    Some(message(question, code, kind, &records))
}

/// A text in pieces of 255 bytes, each with its length before it.
fn txt(text: &str) -> Vec<u8> {
    let pieces = text.as_bytes().chunks(255);
    pieces.flat_map(|piece| [&[u8::try_from(piece.len()).unwrap()], piece].concat()).collect()
}

fn message(question: &[u8], code: u16, kind: u16, records: &[Vec<u8>]) -> Vec<u8> {
    // An answer to a question that was to be asked of others, who were asked.
    let flags: u16 = 0x8180 | code;
    let counts = [1, u16::try_from(records.len()).unwrap(), 0, 0];
    let mut message = question[..2].to_vec();
    message.extend(flags.to_be_bytes());
    message.extend(counts.iter().flat_map(|count| count.to_be_bytes()));
    message.extend(&question[HEADER_BYTES..question_end(question)]);
    for record in records {
        // The name of the question, its type, class IN, a minute.
        message.extend([0xc0, 0x0c]);
        message.extend(kind.to_be_bytes());
        message.extend([0, 1, 0, 0, 0, 60]);
        message.extend(u16::try_from(record.len()).unwrap().to_be_bytes());
        message.extend(record);
    }
    message
}

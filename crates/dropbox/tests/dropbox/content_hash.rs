//! The vectors of Dropbox's documentation and of other clients.

use std::io::{self, Read};

use dropbox::{BLOCK_BYTES, ContentHash, ContentHasher, digest};
use sha2::{Digest, Sha256};

const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const HELLO: &str = "bc62d4b80d9e36da29c16c5d4d9f11731f36052c72401a76c23c0fb5a9b74423";
const AS: [(usize, &str); 9] = [
    (1, "1cd6ef71e6e0ff46ad2609d403dc3fee244417089aa4461245a4e4fe23a55e42"),
    (2, "01e0655fb754d10418a73760f57515f4903b298e6d67dda6bf0987fa79c22c88"),
    (4096, "8620913d33852befe09f16fff8fd75f77a83160d29f76f07e0276e9690903035"),
    (4_194_303, "647c8627d70f7a7d13ce96b1e7710a771a55d41a62c3da490d92e56044d311fa"),
    (4_194_304, "d4d63bac5b866c71620185392a8a6218ac1092454a2d16f820363b69852befa3"),
    (4_194_305, "8f553da8d00d0bf509d8470e242888be33019c20c0544811f5b2b89e98360b92"),
    (8_388_607, "83b30cf4fb5195b04a937727ae379cf3d06673bf8f77947f6a92858536e8369c"),
    (8_388_608, "e08b3ba1f538804075c5f939accdeaa9efc7b5c01865c94a41e78ca6550a88e7"),
    (8_388_609, "02c8a4aefc2bfc9036f89a7098001865885938ca580e5c9e5db672385edd303c"),
];

/// Written in pieces of any size and read at once, the hash is the same.
fn check(content: &[u8], expected: &str) {
    for piece in [7919, 65_536, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1] {
        let mut hasher = ContentHasher::new();
        content.chunks(piece).for_each(|chunk| hasher.write(chunk));
        assert_eq!(hasher.finish().to_string(), expected, "{} bytes", content.len());
    }
    let digests = digest(content).unwrap();
    assert_eq!(digests.content_hash.to_string(), expected, "{} bytes", content.len());
    assert_eq!(digests.sha256, <[u8; 32]>::from(Sha256::digest(content)));
    assert_eq!(digests.bytes, content.len() as u64);
}

#[test]
fn content_hashes_are_those_of_dropbox() {
    check(b"", EMPTY);
    check(b"hello world", HELLO);
    for (count, expected) in AS {
        check(&vec![b'A'; count], expected);
    }
}

#[test]
fn file_of_one_block_hashes_to_the_hash_of_its_hash() {
    let digests = digest(&b"hello world"[..]).unwrap();
    assert_eq!(digests.content_hash.0, <[u8; 32]>::from(Sha256::digest(digests.sha256)));
}

#[test]
fn content_that_comes_in_small_pieces_or_is_interrupted_hashes_the_same() {
    struct Slow<'a>(&'a [u8], bool);
    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let most = buffer.len().min(99_991);
            self.0.read(&mut buffer[..most])
        }
    }
    let content = vec![b'A'; 4_194_305];
    let digests = digest(Slow(&content, false)).unwrap();
    assert_eq!(digests.content_hash.to_string(), AS[5].1);
}

#[test]
fn text_of_a_content_hash_goes_in_and_out() {
    let hash: ContentHash = HELLO.parse().unwrap();
    assert_eq!(hash.to_string(), HELLO);
    for wrong in ["", &HELLO[1..], &format!("{HELLO}00"), &HELLO.replace('b', "x")] {
        assert!(wrong.parse::<ContentHash>().is_err(), "{wrong}");
    }
}

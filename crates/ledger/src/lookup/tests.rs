use super::*;

#[test]
fn buckets_grow_finer_so_that_they_hold_32_to_64_records() {
    let sizes = [(0, 0), (31, 0), (63, 0), (64, 1), (127, 1), (128, 2), (10_000_000, 18)];
    for (fingerprints, bits) in sizes {
        assert_eq!(bits_for(fingerprints), bits, "{fingerprints}");
    }
    assert_eq!(bits_for(u64::MAX), BITS_MAX);
}

#[test]
fn bucket_is_what_shares_the_first_bits() {
    assert_eq!(bucket_range(0, 5), (0, u64::MAX));
    assert_eq!(bucket_range(1, u64::MAX), (1 << 63, u64::MAX));
    assert_eq!(bucket_range(4, 0xabcd << 48), (0xa << 60, (0xb << 60) - 1));
    assert_eq!(bucket_range(64, 7), (7, 7));
}

#[test]
fn fingerprints_of_different_algorithms_are_strangers() {
    let one = LookupId::of(Algorithm::ContentHash, &[1; 32]);
    let two = LookupId::of(Algorithm::Sha256, &[1; 32]);
    assert_ne!(one, two);
    assert_ne!(one.tag(), two.tag());
}

#[test]
fn body_opens_with_its_own_key_alone() {
    let key = LookupKey::of(Algorithm::ContentHash, &[1; 32]);
    for body in [vec![], vec![0; 11], vec![0; 12], vec![0; 476]] {
        assert_eq!(Answer::open(&key, &body), Err(MalformedAnswer), "{} bytes", body.len());
    }
}

#[test]
fn decoys_differ_between_buckets_and_instances() {
    let fill = |secret: u8, bits: u8, prefix: u64| {
        let random = || Ok::<_, ()>([0; 476]);
        Decoys::new(&[secret; 32]).fill(bits, prefix, Vec::new(), random).unwrap()
    };
    let one = fill(1, 4, 0);
    assert_eq!(one.len(), BUCKET_RECORDS_STEP);
    assert_eq!(one, fill(1, 4, 0));
    for other in [fill(2, 4, 0), fill(1, 5, 0), fill(1, 4, 1 << 60)] {
        let shared = other.iter().filter(|record| one.contains(record)).count();
        assert_eq!(shared, 0);
    }
}

//! CRC-64 with the polynomial of ISO 3309, as Go's `hash/crc64` computes it: the checksums of tar-split.

const POLYNOMIAL: u64 = 0xd800_0000_0000_0000;

/// Eight tables, so that eight bytes are taken at once.
const TABLES: [[u64; 256]; 8] = tables();

const fn tables() -> [[u64; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u64;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ POLYNOMIAL } else { crc >> 1 };
            bit += 1;
        }
        tables[0][byte] = crc;
        byte += 1;
    }
    let mut byte = 0;
    while byte < 256 {
        let mut crc = tables[0][byte];
        let mut table = 1;
        while table < 8 {
            crc = tables[0][(crc & 0xff) as usize] ^ (crc >> 8);
            tables[table][byte] = crc;
            table += 1;
        }
        byte += 1;
    }
    tables
}

/// A checksum in the making.
pub struct Crc64(u64);

impl Crc64 {
    /// Of nothing yet.
    pub fn new() -> Self {
        Self(u64::MAX)
    }

    /// Takes more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        let (eights, rest) = bytes.as_chunks::<8>();
        for eight in eights {
            let all = (self.0 ^ u64::from_le_bytes(*eight)).to_le_bytes();
            self.0 = (0..8).fold(0, |crc, at| crc ^ TABLES[7 - at][usize::from(all[at])]);
        }
        for &byte in rest {
            self.0 = TABLES[0][usize::from(byte ^ self.0 as u8)] ^ (self.0 >> 8);
        }
    }

    /// The checksum of what was taken.
    pub fn value(&self) -> u64 {
        !self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8]) -> u64 {
        let mut crc = Crc64::new();
        crc.update(bytes);
        crc.value()
    }

    #[test]
    fn known_answers() {
        // The check value of CRC-64/GO-ISO, and what a tar-split of docker says of a file `x`.
        assert_eq!(of(b"123456789"), 0xb909_56c7_75a4_1001);
        assert_eq!(of(b"x").to_be_bytes(), [0x23, 0x10, 0, 0, 0, 0, 0, 0]);
        assert_eq!(of(b""), 0);
    }

    #[test]
    fn pieces_make_the_same_sum_as_the_whole() {
        let bytes: Vec<u8> = (0..1000_u32).map(|at| (at * at) as u8).collect();
        for cut in [0, 1, 7, 8, 9, 500, 993, 1000] {
            let mut crc = Crc64::new();
            crc.update(&bytes[..cut]);
            crc.update(&bytes[cut..]);
            assert_eq!(crc.value(), of(&bytes), "{cut}");
        }
    }
}

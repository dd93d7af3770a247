//! A secret from parts of it: each byte is where a polynomial over GF(2^8) meets zero, each part has another place of it.

/// The secret from parts, each of which ends with its place; none if they do not belong together.
pub(super) fn combine(parts: &[Vec<u8>]) -> Option<Vec<u8>> {
    let length = parts.first()?.len();
    if length < 2 || parts.iter().any(|part| part.len() != length) {
        return None;
    }
    let places: Vec<u8> = parts.iter().map(|part| part[length - 1]).collect();
    let is_twice = |(index, place): (usize, &u8)| places[..index].contains(place);
    if places.contains(&0) || places.iter().enumerate().any(is_twice) {
        return None;
    }
    let bytes = (0..length - 1).map(|index| {
        let values: Vec<u8> = parts.iter().map(|part| part[index]).collect();
        at_zero(&places, &values)
    });
    Some(bytes.collect())
}

/// Lagrange's interpolation at zero, where subtraction is exclusive or.
fn at_zero(places: &[u8], values: &[u8]) -> u8 {
    let terms = places.iter().zip(values).map(|(place, value)| {
        let others = places.iter().filter(|other| *other != place);
        others.fold(*value, |term, other| multiply(term, divide(*other, *other ^ place)))
    });
    terms.fold(0, |sum, term| sum ^ term)
}

/// Multiplication modulo x^8 + x^4 + x^3 + x + 1, without branches on the factors.
fn multiply(left: u8, right: u8) -> u8 {
    let (mut left, mut product) = (left, 0u8);
    for bit in 0..8 {
        product ^= left & 0u8.wrapping_sub((right >> bit) & 1);
        left = (left << 1) ^ (0x1b & 0u8.wrapping_sub(left >> 7));
    }
    product
}

/// By the inverse, which is the 254th power.
fn divide(left: u8, right: u8) -> u8 {
    let mut inverse = 1;
    for bit in (0..8).rev() {
        inverse = multiply(inverse, inverse);
        if (254 >> bit) & 1 == 1 {
            inverse = multiply(inverse, right);
        }
    }
    multiply(left, inverse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division_undoes_multiplication() {
        for left in 0..=255 {
            for right in 1..=255 {
                assert_eq!(divide(multiply(left, right), right), left);
            }
        }
        // From FIPS 197.
        assert_eq!(multiply(0x57, 0x83), 0xc1);
    }

    #[test]
    fn enough_parts_make_the_secret() {
        // secret + 7x + 9x², at 1, 2 and 3.
        let secret = [42, 0, 255];
        let part = |place: u8| {
            let square = multiply(place, place);
            let mut part: Vec<u8> = secret.iter().map(|byte| byte ^ multiply(7, place) ^ multiply(9, square)).collect();
            part.push(place);
            part
        };
        assert_eq!(combine(&[part(3), part(1), part(2)]).as_deref(), Some(&secret[..]));
        assert_ne!(combine(&[part(3), part(1)]).as_deref(), Some(&secret[..]));
        assert_eq!(combine(&[part(3), part(3)]), None);
        assert_eq!(combine(&[part(3), vec![1, 2]]), None);
        assert_eq!(combine(&[]), None);
    }
}

//! The unified social credit code (统一社会信用代码, GB 32100-2015).

use crate::fault::Fault;
use crate::quick::half_width;

/// Its length in characters.
pub const CREDIT_CODE_CHARS: usize = 18;

/// The digits of the code, in the order of their values: no I, O, S, V, Z.
const DIGITS: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// Reads a code as people write it: small letters, full-width digits and spaces are put right.
///
/// # Errors
/// `credit_code_length`, `credit_code_letter`, `credit_code_check` when the last character does not
/// follow from the others.
pub fn parse(text: &str) -> Result<String, Fault> {
    let code: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(half_width)
        .flat_map(char::to_uppercase)
        .collect();
    let count = code.chars().count();
    if count != CREDIT_CODE_CHARS {
        return Err(fault("credit_code_length").with("count", count));
    }
    let mut values = Vec::new();
    for (at, c) in code.chars().enumerate() {
        let value = DIGITS.iter().position(|digit| char::from(*digit) == c);
        // Third to eighth: the division of the authority that registered it.
        let digit_wanted = (2..8).contains(&at);
        match value.filter(|value| !digit_wanted || *value < 10) {
            Some(value) => values.push(value),
            None => return Err(fault("credit_code_letter").with("letter", c)),
        }
    }
    let (body, last) = values.split_at(CREDIT_CODE_CHARS - 1);
    if last != [check_value(body)] {
        return Err(fault("credit_code_check"));
    }
    Ok(code)
}

/// The value of the last character: weights are powers of 3 modulo 31.
fn check_value(body: &[usize]) -> usize {
    let mut weight = 1;
    let mut sum = 0;
    for value in body {
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    (31 - sum % 31) % 31
}

fn fault(key: &'static str) -> Fault {
    Fault::invalid(key, "credit_code")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Codes in public use, among them the example of the standard.
    const REAL: [&str; 4] = [
        "91350100M000100Y43",
        "91110000100010433L",
        "9144030071526726XG",
        "914403001922038216",
    ];

    #[test]
    fn codes_in_use_are_accepted_however_they_are_typed() {
        for code in REAL {
            assert_eq!(parse(code).unwrap(), code);
        }
        assert_eq!(
            parse(" ９1350100-m000100y43 ").unwrap(),
            "91350100M000100Y43"
        );
    }

    #[test]
    fn what_is_wrong_with_a_code_is_told() {
        assert_eq!(
            parse("91350100M000100Y4").unwrap_err().key,
            "credit_code_length"
        );
        assert_eq!(
            parse("91350100M000100I43").unwrap_err().key,
            "credit_code_letter"
        );
        assert_eq!(
            parse("9135O100M000100Y43").unwrap_err().key,
            "credit_code_letter"
        );
        assert_eq!(
            parse("91350100M000100Y44").unwrap_err().key,
            "credit_code_check"
        );
    }

    proptest! {
        #[test]
        fn one_wrong_character_never_passes(at in 0..18_usize, value in 0..31_usize, which in 0..4_usize) {
            let mut code: Vec<char> = REAL[which].chars().collect();
            let other = char::from(DIGITS[value]);
            prop_assume!(code[at] != other);
            code[at] = other;
            let text: String = code.into_iter().collect();
            prop_assert!(parse(&text).is_err());
        }
    }
}

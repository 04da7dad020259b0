//! Reads from the output of test programs how many tests ran.

use std::ops::AddAssign;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    pub(crate) skipped: u32,
}

impl Counts {
    pub(crate) const PASSED: Self = Self {
        passed: 1,
        failed: 0,
        skipped: 0,
    };
    pub(crate) const FAILED: Self = Self {
        passed: 0,
        failed: 1,
        skipped: 0,
    };
    pub(crate) const SKIPPED: Self = Self {
        passed: 0,
        failed: 0,
        skipped: 1,
    };

    /// `12 passed, 0 failed`, with `, 1 skipped` only if there is one.
    pub(crate) fn line(self) -> String {
        let line = format!("{} passed, {} failed", self.passed, self.failed);
        if self.skipped == 0 {
            line
        } else {
            format!("{line}, {} skipped", self.skipped)
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// The sum over all result lines of `cargo test` and vitest. Other lines count nothing.
pub(crate) fn of_output(lines: &[String]) -> Counts {
    let mut sum = Counts::default();
    for line in lines {
        let line = without_colour(line);
        let line = line.trim();
        if let Some(result) = line.strip_prefix("test result: ") {
            // "ok. 3 passed; 0 failed; …": the first word is the verdict.
            let numbers = result.split_once(". ").map_or("", |(_, numbers)| numbers);
            sum += of_parts(numbers.split(';'));
        } else if let Some(result) = line.strip_prefix("Tests ") {
            // "1 failed | 2 passed (3)"
            sum += of_parts(result.split('|'));
        }
    }
    sum
}

fn of_parts<'a>(parts: impl Iterator<Item = &'a str>) -> Counts {
    let mut counts = Counts::default();
    for part in parts {
        let mut words = part.split_whitespace();
        let (Some(number), Some(word)) = (words.next(), words.next()) else {
            continue;
        };
        let Ok(number) = number.parse::<u32>() else {
            continue;
        };
        match word {
            "passed" => counts.passed += number,
            "failed" => counts.failed += number,
            "ignored" | "skipped" | "todo" => counts.skipped += number,
            _ => {}
        }
    }
    counts
}

/// Vitest colours its output whenever `CI` is set, even into a pipe.
fn without_colour(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut inside = false;
    for character in line.chars() {
        match (inside, character) {
            (false, '\u{1b}') => inside = true,
            (false, _) => plain.push(character),
            (true, _) => inside = !character.is_ascii_alphabetic(),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Counts {
        of_output(&text.lines().map(str::to_owned).collect::<Vec<_>>())
    }

    fn counts(passed: u32, failed: u32, skipped: u32) -> Counts {
        Counts {
            passed,
            failed,
            skipped,
        }
    }

    #[test]
    fn result_lines_of_several_cargo_test_programs_are_added_up() {
        let text = "running 3 tests\ntest a ... ok\n\
            test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s\n\
            test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 7 filtered out; finished in 1.00s";
        assert_eq!(of(text), counts(7, 2, 1));
    }

    #[test]
    fn vitest_counts_tests_and_not_files() {
        let text = " Test Files  1 failed | 3 passed (4)\n      Tests  1 failed | 11 passed | 2 skipped (14)\n   Duration  1.2s";
        assert_eq!(of(text), counts(11, 1, 2));
    }

    #[test]
    fn colours_do_not_hide_a_result() {
        let text = "\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[32m12 passed\u{1b}[39m\u{1b}[22m\u{1b}[90m (12)\u{1b}[39m";
        assert_eq!(of(text), counts(12, 0, 0));
    }

    #[test]
    fn a_run_without_a_result_line_counts_nothing() {
        assert_eq!(
            of("error: could not compile `x`\nTests are nice\n0 passed"),
            Counts::default()
        );
    }

    #[test]
    fn the_last_line_names_skipped_tests_only_when_there_are_some() {
        assert_eq!(counts(3, 0, 0).line(), "3 passed, 0 failed");
        assert_eq!(counts(3, 1, 2).line(), "3 passed, 1 failed, 2 skipped");
    }
}

//! Texts that end an answer.

/// Passes text on until one of the stop texts begins in it.
#[derive(Debug)]
pub(crate) struct Stop {
    stops: Vec<String>,
    /// What may be the beginning of one.
    held: String,
}

impl Stop {
    pub(crate) fn new(stops: Vec<String>) -> Self {
        Self { stops: stops.into_iter().filter(|stop| !stop.is_empty()).collect(), held: String::new() }
    }

    /// What can be passed on of what came so far, and whether a stop text was found.
    pub(crate) fn push(&mut self, text: &str) -> (String, bool) {
        self.held.push_str(text);
        if let Some(at) = self.stops.iter().filter_map(|stop| self.held.find(stop.as_str())).min() {
            self.held.truncate(at);
            return (std::mem::take(&mut self.held), true);
        }
        let keep = self.stops.iter().map(|stop| beginning(&self.held, stop)).max().unwrap_or(0);
        let rest = self.held.split_off(self.held.len() - keep);
        (std::mem::replace(&mut self.held, rest), false)
    }

    /// What was held back.
    pub(crate) fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }
}

/// Bytes at the end of `text` with which `stop` begins.
fn beginning(text: &str, stop: &str) -> usize {
    let lengths = stop.char_indices().map(|(at, _)| at).skip(1);
    lengths.filter(|length| text.ends_with(&stop[..*length])).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::Stop;

    #[test]
    fn text_is_passed_on_until_a_stop_begins() {
        let cases: [(&[&str], &[&str], &str, bool); 6] = [
            (&["END"], &["a", "bE", "N", "Dc"], "ab", true),
            (&["END"], &["abE", "Nd"], "abENd", false),
            (&["\n\n", "x"], &["a\n", "\nb"], "a", true),
            (&["漢字"], &["a漢", "b漢", "字"], "a漢b", true),
            (&["", "aab"], &["aaab"], "a", true),
            (&[], &["all"], "all", false),
        ];
        for (stops, pieces, expected, stopped) in cases {
            let mut stop = Stop::new(stops.iter().map(|stop| (*stop).to_owned()).collect());
            let mut out = String::new();
            let mut found = false;
            for piece in pieces.iter().take_while(|_| !found).collect::<Vec<_>>() {
                if found {
                    break;
                }
                let (text, end) = stop.push(piece);
                out.push_str(&text);
                found = end;
            }
            if !found {
                out.push_str(&stop.finish());
            }
            assert_eq!((out.as_str(), found), (expected, stopped), "{stops:?} in {pieces:?}");
        }
    }
}

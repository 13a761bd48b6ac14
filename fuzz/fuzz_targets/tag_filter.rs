//! A pattern, an extract and a tag, a line each: nothing panics, errors point
//! into the pattern, and what is extracted is a value of a tag that matches.
#![no_main]

use flux_image_updates::policy::TagFilter;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut lines = text.splitn(3, '\n');
    let (pattern, extract) = (lines.next().unwrap_or(""), lines.next().unwrap_or(""));
    let tag = lines.next().unwrap_or("v1.2.3");
    match TagFilter::new(pattern, extract) {
        Ok(filter) => {
            let plain = TagFilter::new(pattern, "").map(|filter| filter.value(tag).is_some());
            assert_eq!(plain, Ok(filter.value(tag).is_some()));
        }
        Err(error) => assert!(error.at <= pattern.len(), "{error}"),
    }
});

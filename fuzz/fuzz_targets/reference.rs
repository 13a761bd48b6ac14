//! Any text is an image or an error; an image means the same when it is read again.
#![no_main]

use flux_image_updates::oci::Image;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(image) = Image::parse(text) {
        assert_eq!(image.verbatim(), text);
        // `library/` may lengthen a name past what can be read.
        if image.repository().len() <= 255 {
            let again = Image::parse(&image.canonical()).expect("a canonical name is an image");
            assert_eq!(again.canonical(), image.canonical());
            assert_eq!(again.scheme(false), image.scheme(false));
        }
    }
});

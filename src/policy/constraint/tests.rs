use super::*;

fn contains(range: &str, version: &str) -> bool {
    Range::parse(range).unwrap().contains(&Version::loose(version).unwrap())
}

#[test]
fn admits_what_masterminds_admits() {
    #[rustfmt::skip]
    let rows: &[(&str, &[&str], &[&str])] = &[
        // range                 inside                          outside
        ("1.2.3",                &["1.2.3", "v1.2.3+x"],         &["1.2.4"]),
        ("1.2",                  &["1.2.0", "1.2.9"],            &["1.3.0", "1.2.9-rc.1"]),
        ("v1.x",                 &["1.0.0", "1.9.9"],            &["2.0.0"]),
        ("x.2.3",                &["7.7.7"],                     &[]),
        ("!=1.2",                &["1.3.0", "2.2.0"],            &["1.2.7"]),
        ("!=1.x",                &["2.1.0"],                     &["1.3.0"]),
        ("!=*",                  &["0.0.1"],                     &["0.0.0"]),
        (">11",                  &["12.0.0"],                    &["11.1.0"]),
        (">11.1",                &["11.2.0", "12.0.0"],          &["11.1.9"]),
        (">*",                   &["0.0.1"],                     &["0.0.0"]),
        ("<1.x",                 &["0.9.9"],                     &["1.0.0"]),
        ("<=11",                 &["11.9.9"],                    &["12.0.0"]),
        ("<=1.1",                &["1.1.9", "0.9.0"],            &["1.2.0"]),
        ("<=*",                  &["0.0.9"],                     &["0.1.0", "1.0.0"]),
        ("~1",                   &["1.9.0"],                     &["2.0.0"]),
        ("~1.2.3",               &["1.2.3", "1.2.9"],            &["1.2.2", "1.3.0"]),
        ("~>0.0.0",              &["9.9.9"],                     &[]),
        ("^1.2.3",               &["1.9.0"],                     &["1.2.2", "2.0.0"]),
        ("^0.2.3",               &["0.2.9"],                     &["0.3.0", "1.2.3"]),
        ("^0.0.3",               &["0.0.3"],                     &["0.0.4"]),
        ("^0.0",                 &["0.0.9"],                     &["0.1.0"]),
        ("^0",                   &["0.9.0"],                     &["1.0.0"]),
        ("^*",                   &["0.0.0"],                     &["0.0.1"]),
        (">=1.0.0-0",            &["2.3.4-beta"],                &["0.9.0"]),
        ("<2.0.0",               &["1.9.0"],                     &["2.0.0-alpha", "1.9.0-rc.1"]),
        ("<2.0.0-0",             &["1.9.0-rc.1"],                &["2.0.0-alpha"]),
        (">=1.0.0-0, <2.0.0",    &["2.0.0-alpha"],               &["2.0.0"]),
        ("1.2.3 || >=2",         &["1.2.3", "2.0.0"],            &["1.2.4"]),
        ("1.0 - 2.0",            &["1.0.0", "2.0.9"],            &["2.1.0", "0.9.0"]),
        ("1.0-2.0",              &["1.0.0-2.0"],                 &["1.5.0"]),
        (">=1 <2\t,!=1.5",       &["1.4.0"],                     &["1.5.1", "2.0.0"]),
    ];
    for (range, inside, outside) in rows {
        for version in *inside {
            assert!(contains(range, version), "{version} in {range}");
        }
        for version in *outside {
            assert!(!contains(range, version), "{version} not in {range}");
        }
    }
}

#[test]
fn says_where_a_range_goes_wrong() {
    #[rustfmt::skip]
    let rows: &[(&str, &str)] = &[
        ("",                    "a version is missing at byte 0"),
        ("1.0 ||",              "a version is missing at byte 6"),
        ("|| 1.0",              "a version is missing at byte 0"),
        (">=1.0.0,",            "a version is missing at byte 8"),
        ("==1.0",               "`==` is no comparison at byte 0"),
        ("1.0 - 2.0, ~^1",      "`~^` is no comparison at byte 11"),
        ("> =1",                "`=` is out of place at byte 2"),
        (">=1.0<2.0",           "`<` is out of place at byte 5"),
        ("latest",              "`l` is out of place at byte 0"),
        ("1.0\u{a0}",           "`\u{a0}` is out of place at byte 3"),
        (">1 1.2x",             "`2x` is neither a number nor a wildcard at byte 5"),
        ("1.0.0-01",            "`1.0.0-01` is no version: a pre-release number must not begin with zero at byte 0"),
    ];
    for (range, expected) in rows {
        assert_eq!(Range::parse(range).unwrap_err().to_string(), *expected, "{range}");
    }
    let long = "1.0 ".repeat(200);
    let error = Range::parse(&long).unwrap_err();
    assert_eq!(error.to_string(), "it is longer than 512 bytes at byte 512");
    let many = vec!["1"; 33].join("||");
    let error = Range::parse(&many).unwrap_err();
    assert_eq!(error.to_string(), "it has more than 32 alternatives at byte 96");
}

//! Platforms are read and written as containerd does it.

use buildkit_llb::{ParsePlatformError, Platform};

#[test]
fn a_platform_is_read_into_its_normal_form() {
    for (text, expected) in [
        ("linux/amd64", "linux/amd64"),
        ("Linux/AMD64", "linux/amd64"),
        ("linux/amd64/v1", "linux/amd64"),
        ("linux/amd64/v3", "linux/amd64/v3"),
        ("linux/x86_64", "linux/amd64"),
        ("linux/x86-64", "linux/amd64"),
        ("linux/i386", "linux/386"),
        ("linux/arm64", "linux/arm64"),
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/arm64/8", "linux/arm64"),
        ("linux/arm64/v8.0", "linux/arm64"),
        ("linux/arm64/9", "linux/arm64/v9"),
        ("linux/arm64/v9.0", "linux/arm64/v9"),
        ("linux/aarch64", "linux/arm64"),
        ("linux/arm", "linux/arm/v7"),
        ("linux/arm/7", "linux/arm/v7"),
        ("linux/arm/v7", "linux/arm/v7"),
        ("linux/arm/v6", "linux/arm/v6"),
        ("linux/arm/6", "linux/arm/v6"),
        ("linux/arm/5", "linux/arm/v5"),
        ("linux/arm/8", "linux/arm/v8"),
        ("linux/armhf", "linux/arm/v7"),
        ("linux/armel", "linux/arm/v6"),
        ("macos/arm64", "darwin/arm64"),
        ("linux/riscv64", "linux/riscv64"),
        ("linux/s390x", "linux/s390x"),
        ("linux/ppc64le", "linux/ppc64le"),
        ("linux/unheard.of", "linux/unheard.of"),
        ("arm64", "linux/arm64"),
        ("armhf", "linux/arm/v7"),
        ("x86_64", "linux/amd64"),
    ] {
        let platform = Platform::parse(text).unwrap();
        assert_eq!(platform.to_string(), expected, "{text}");
        assert_eq!(Platform::parse(expected), Ok(platform.clone()), "{text}");
        assert_eq!(Platform::from_proto(&platform.to_proto()), platform, "{text}");
    }
}

#[test]
fn an_operating_system_alone_has_the_architecture_of_this_process() {
    let platform = Platform::parse("linux").unwrap();
    assert_eq!(platform, Platform::new("linux", std::env::consts::ARCH, ""));
}

#[test]
fn what_is_no_platform_is_refused() {
    let part = |part: &str, platform: &str| {
        Err(ParsePlatformError::Part { part: part.to_owned(), platform: platform.to_owned() })
    };
    assert_eq!(Platform::parse(""), part("", ""));
    assert_eq!(Platform::parse("linux/"), part("", "linux/"));
    assert_eq!(Platform::parse("linux/*"), part("*", "linux/*"));
    assert_eq!(Platform::parse("li.nux/arm"), part("li.nux", "li.nux/arm"));
    assert_eq!(Platform::parse("windows(10.0)/amd64"), part("windows(10.0)", "windows(10.0)/amd64"));
    assert_eq!(Platform::parse("pdp11"), Err(ParsePlatformError::Unknown("pdp11".to_owned())));
    assert_eq!(
        Platform::parse("linux/arm/v7/x").unwrap_err().to_string(),
        "`linux/arm/v7/x` is more than `os/architecture/variant`"
    );
}

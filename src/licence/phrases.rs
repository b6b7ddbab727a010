//! What licences are known by: phrases that stand in their texts and in no other.
//!
//! Invariant: phrases are written as `words` leaves them, lower case and without marks.

/// What a licence is known by.
pub(super) struct Known {
    /// Its SPDX identifier.
    pub(super) identifier: &'static str,
    /// What all stands in it.
    pub(super) all: &'static [&'static str],
    /// What would make it another one.
    pub(super) none: &'static [&'static str],
}

const fn by(identifier: &'static str, all: &'static [&'static str]) -> Known {
    Known { identifier, all, none: &[] }
}

const EXPAT: &str = "to any person obtaining a copy of this software and associated documentation files";
const NOTICE: &str = "the above copyright notice and this permission notice";
const GOOD: &str = "shall be used for good not evil";
const REDISTRIBUTION: &str = "redistribution and use in source and binary forms";
const BINARY: &str = "redistributions in binary form must reproduce";
const ENDORSE: &str = "endorse or promote products derived from";
const ADVERTISING: &str =
    "all advertising materials mentioning features or use of this software must display";
const CLEAR: &str = "no express or implied licenses to any party s patent rights";
const ANY_PURPOSE: &str = "distribute this software for any purpose with or without fee is hereby granted";
const PROVIDED: &str =
    "is hereby granted provided that the above copyright notice and this permission notice";

/// The licences; one that people refer to in two ways is there twice.
pub(super) const KNOWN: &[Known] = &[
    by("Apache-2.0", &["apache license version 2 0 january 2004"]),
    by("Apache-2.0", &["licensed under the apache license version 2 0"]),
    Known { identifier: "MIT", all: &[EXPAT, NOTICE], none: &[GOOD] },
    Known { identifier: "MIT-0", all: &[EXPAT], none: &["the above copyright notice", GOOD] },
    by("JSON", &[EXPAT, GOOD]),
    by("BSD-4-Clause", &[REDISTRIBUTION, ADVERTISING]),
    Known { identifier: "BSD-3-Clause", all: &[REDISTRIBUTION, ENDORSE], none: &[ADVERTISING, CLEAR] },
    Known { identifier: "BSD-2-Clause", all: &[REDISTRIBUTION, BINARY], none: &[ENDORSE, ADVERTISING] },
    by("ISC", &[ANY_PURPOSE, PROVIDED]),
    Known { identifier: "0BSD", all: &[ANY_PURPOSE], none: &["is hereby granted provided"] },
    by("MPL-2.0", &["mozilla public license version 2 0"]),
    by("MPL-2.0", &["mozilla public license v 2 0"]),
    by("GPL-2.0-only", &["gnu general public license version 2 june 1991"]),
    by("GPL-3.0-only", &["gnu general public license version 3 29 june 2007"]),
    by("LGPL-2.0-only", &["gnu library general public license version 2 june 1991"]),
    by("LGPL-2.1-only", &["gnu lesser general public license version 2 1 february 1999"]),
    by("LGPL-3.0-only", &["gnu lesser general public license version 3 29 june 2007"]),
    by("AGPL-3.0-only", &["gnu affero general public license version 3 19 november 2007"]),
    by("EPL-1.0", &["eclipse public license v 1 0"]),
    by("EPL-2.0", &["eclipse public license v 2 0"]),
    by("CC0-1.0", &["cc0 1 0 universal"]),
    by("CC-BY-4.0", &["attribution 4 0 international"]),
    by("CC-BY-SA-4.0", &["attribution sharealike 4 0 international"]),
    by("Unlicense", &["this is free and unencumbered software released into the public domain"]),
    by("Zlib", &["altered source versions must be plainly marked as such"]),
    by("BSL-1.0", &["boost software license version 1 0"]),
    by("BUSL-1.1", &["business source license 1 1"]),
    by("SSPL-1.0", &["server side public license version 1 october 16 2018"]),
    by("Elastic-2.0", &["elastic license 2 0"]),
    by("WTFPL", &["do what the fuck you want to public license"]),
    by("LicenseRef-Commons-Clause", &["commons clause license condition"]),
];

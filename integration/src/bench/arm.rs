//! The ways to build an image that are compared, and the build file that each needs.
//!
//! Invariant: all of them build the same package with the same flags for the same platforms, but for `init`, which is
//! as people get it.

use super::repository::Program;
use crate::frontend_image;

/// One way to build an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Arm {
    /// This frontend, as it is by default.
    Gobuild,
    /// The same, told to keep everything in cache mounts.
    GobuildMounts,
    /// The same, told to keep what it can in layers.
    GobuildLayers,
    /// A Dockerfile as one writes who knows BuildKit well: cache mounts, cross-compilation, linked copies.
    Best,
    /// A classic Dockerfile: a layer of modules, then everything else.
    Layers,
    /// The Dockerfile that `docker init` proposes for Go.
    Init,
    /// ko, on the machine itself.
    Ko,
    /// What all of them have to do, on the machine itself and nothing around it.
    Floor,
}

/// Who does the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// buildx, in front of a buildkitd.
    Buildx,
    /// The program itself.
    Ko,
    /// Go, and what compresses.
    Go,
}

/// Image that one compiles in who does not care.
const GOLANG: &str = "golang:1.26";
/// The smaller one.
const GOLANG_ALPINE: &str = "golang:1.26-alpine";
/// Image that programs are put on.
pub const STATIC: &str = "gcr.io/distroless/static:nonroot";
/// The same for the Dockerfile of `docker init`.
const ALPINE: &str = "alpine:latest";
/// Flags of the linker that all but `init` use; the commit comes after them.
pub const LDFLAGS: &str = "-s -w -X main.commit=";

impl Arm {
    /// Every arm, in the order of the report's columns.
    pub const ALL: [Self; 8] = [
        Self::Gobuild,
        Self::GobuildMounts,
        Self::GobuildLayers,
        Self::Best,
        Self::Layers,
        Self::Init,
        Self::Ko,
        Self::Floor,
    ];

    /// The word on the command line and in the results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gobuild => "gobuild",
            Self::GobuildMounts => "gobuild-mounts",
            Self::GobuildLayers => "gobuild-layers",
            Self::Best => "best",
            Self::Layers => "layers",
            Self::Init => "init",
            Self::Ko => "ko",
            Self::Floor => "floor",
        }
    }

    /// What it is, for the report.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Gobuild => "`gobuild.yaml` with this frontend",
            Self::GobuildMounts => "the same with `cache: mounts`",
            Self::GobuildLayers => "the same with `cache: layers`",
            Self::Best => {
                "Dockerfile with cache mounts for modules and Go's build cache, sources bind-mounted, cross-compiled, linked copy, Go's alpine image"
            }
            Self::Layers => "Dockerfile with a layer of modules, `COPY . .` and no mounts",
            Self::Init => "Dockerfile as `docker init` proposes it: a cache mount for modules, alpine",
            Self::Ko => "ko on the machine itself; what CI keeps of its caches comes from a local archive",
            Self::Floor => "`go build` on the machine itself and gzip of the programs: no image, no push",
        }
    }

    /// Who builds it.
    pub fn client(self) -> Client {
        match self {
            Self::Ko => Client::Ko,
            Self::Floor => Client::Go,
            _ => Client::Buildx,
        }
    }

    /// Whether it is only measured when it is named.
    pub fn is_variant(self) -> bool {
        matches!(self, Self::GobuildMounts | Self::GobuildLayers)
    }

    /// Whether it is a Dockerfile, hence a peer.
    pub fn is_dockerfile(self) -> bool {
        matches!(self, Self::Best | Self::Layers | Self::Init)
    }

    /// The image that it compiles in; none if it is the machine itself.
    pub fn builder(self) -> Option<&'static str> {
        match self {
            // The frontend's own default; a Dockerfile that cares takes it, too.
            Self::Gobuild | Self::GobuildMounts | Self::GobuildLayers | Self::Best => Some(GOLANG_ALPINE),
            Self::Layers | Self::Init => Some(GOLANG),
            Self::Ko | Self::Floor => None,
        }
    }

    /// Whether it puts the commit into the program.
    pub fn stamps(self) -> bool {
        self != Self::Init
    }

    /// Whether it builds for a platform other than the machine's without emulating it.
    pub fn crosses(self) -> bool {
        // Its last stage runs a program on the target's platform.
        self != Self::Init
    }

    /// Name of its build file.
    pub fn file(self) -> &'static str {
        match self {
            Self::Gobuild | Self::GobuildMounts | Self::GobuildLayers => "gobuild.yaml",
            Self::Best | Self::Layers | Self::Init => "Dockerfile",
            // The floor reads none.
            Self::Ko | Self::Floor => ".ko.yaml",
        }
    }

    /// The build file of a program.
    pub fn text(self, program: &Program) -> String {
        match self {
            Self::Gobuild => gobuild(program, ""),
            Self::GobuildMounts => gobuild(program, "cache: mounts\n"),
            Self::GobuildLayers => gobuild(program, "cache: layers\n"),
            Self::Best => best(program),
            Self::Layers => layers(program),
            Self::Init => init(program),
            Self::Ko | Self::Floor => format!(
                "defaultLdflags: [\"-s\", \"-w\", \"-X\", \"main.commit={{{{.Env.COMMIT}}}}\"]\n# {}\n",
                program.name
            ),
        }
    }
}

fn gobuild(program: &Program, cache: &str) -> String {
    format!(
        "# syntax={}\nmain: [{}]\n{cache}build:\n  stamp:\n    main.commit: \"${{COMMIT:-unknown}}\"\n",
        frontend_image::NAME,
        program.packages.join(", ")
    )
}

fn best(program: &Program) -> String {
    let Program { packages, name, .. } = program;
    let (packages, output) = (packages.join(" "), program.output());
    format!(
        "# syntax=docker/dockerfile:1
FROM --platform=$BUILDPLATFORM {GOLANG_ALPINE} AS build
WORKDIR /src
RUN --mount=type=cache,target=/go/pkg/mod \\
    --mount=type=bind,source=go.mod,target=go.mod \\
    --mount=type=bind,source=go.sum,target=go.sum \\
    go mod download
ARG TARGETOS TARGETARCH COMMIT=unknown
RUN --mount=type=cache,target=/go/pkg/mod \\
    --mount=type=cache,target=/root/.cache/go-build \\
    --mount=type=bind,target=. \\
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \\
    go build -trimpath -ldflags \"{LDFLAGS}$COMMIT\" -o /out/{output} {packages}

FROM {STATIC}
COPY --link --from=build /out/{output} /{output}
ENTRYPOINT [\"/{name}\"]
"
    )
}

fn layers(program: &Program) -> String {
    let Program { packages, name, .. } = program;
    let (packages, output) = (packages.join(" "), program.output());
    format!(
        "# syntax=docker/dockerfile:1
FROM --platform=$BUILDPLATFORM {GOLANG} AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS TARGETARCH COMMIT=unknown
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \\
    go build -trimpath -ldflags \"{LDFLAGS}$COMMIT\" -o /out/{output} {packages}

FROM {STATIC}
COPY --from=build /out/{output} /{output}
ENTRYPOINT [\"/{name}\"]
"
    )
}

/// The stand-in for alpine has no `adduser`, so its line does by hand what that does.
fn init(program: &Program) -> String {
    let Program { packages, name, .. } = program;
    let (packages, output) = (packages.join(" "), program.output());
    format!(
        "# syntax=docker/dockerfile:1
FROM --platform=$BUILDPLATFORM {GOLANG} AS build
WORKDIR /src
RUN --mount=type=cache,target=/go/pkg/mod/ \\
    --mount=type=bind,source=go.sum,target=go.sum \\
    --mount=type=bind,source=go.mod,target=go.mod \\
    go mod download -x
ARG TARGETARCH
RUN --mount=type=cache,target=/go/pkg/mod/ \\
    --mount=type=bind,target=. \\
    CGO_ENABLED=0 GOARCH=$TARGETARCH go build -o /bin/{output} {packages}

FROM {ALPINE} AS final
ARG UID=10001
RUN echo \"appuser:x:$UID:$UID::/nonexistent:/sbin/nologin\" >>/etc/passwd
USER appuser
COPY --from=build /bin/{output} /bin/
EXPOSE 8080
ENTRYPOINT [\"/bin/{name}\"]
"
    )
}

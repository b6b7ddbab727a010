// Command generate writes the graphs that ../../golden.rs builds in Rust, as BuildKit's own client encodes them.
//
// Run it here with `go run .`; it overwrites the .pb files one directory up. Each file is a pb.Definition. The
// function of a graph here and the one of the same name in Rust must say the same.
package main

import (
	"context"
	"log"
	"net"
	"os"
	"path/filepath"
	"sort"
	"time"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"google.golang.org/protobuf/proto"
)

const (
	toolchain = "registry.example/toolchain:1@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	session   = "6dnvx4ukfkkb6gv1kt1jsvrg2"
)

var (
	amd64 = ocispecs.Platform{OS: "linux", Architecture: "amd64"}
	armv7 = ocispecs.Platform{OS: "linux", Architecture: "arm", Variant: "v7"}
)

var graphs = map[string]func() llb.State{
	"build_file":        buildFile,
	"local_filters":     localFilters,
	"local_metadata":    localMetadata,
	"image":             image,
	"oci_layout":        ociLayout,
	"git_https":         gitHTTPS,
	"git_options":       gitOptions,
	"git_ssh":           gitSSH,
	"http":              http,
	"exec_binds":        execBinds,
	"exec_caches":       execCaches,
	"exec_secrets":      execSecrets,
	"exec_environment":  execEnvironment,
	"exec_outputs":      execOutputs,
	"file_chain":        fileChain,
	"file_copy":         fileCopy,
	"file_nested":       fileNested,
	"file_on_image":     fileOnImage,
	"merge":             merge,
	"metadata":          metadata,
	"metadata_merged":   metadataMerged,
	"source_locations":  sourceLocations,
	"shared_in_diamond": sharedInDiamond,
}

func main() {
	names := make([]string, 0, len(graphs))
	for name := range graphs {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		def, err := graphs[name]().Marshal(context.Background(), llb.WithCaps(everything()))
		if err != nil {
			log.Fatalf("%s: %v", name, err)
		}
		dt, err := proto.MarshalOptions{Deterministic: true}.Marshal(def.ToPB())
		if err != nil {
			log.Fatalf("%s: %v", name, err)
		}
		if err := os.WriteFile(filepath.Join("..", name+".pb"), dt, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// everything is what a daemon of the same version as the client answers, as a frontend passes it on.
func everything() apicaps.CapSet {
	return pb.Caps.CapSet(pb.Caps.All())
}

func named(name string) llb.ConstraintsOpt {
	return llb.WithCustomName(name)
}

func platform(p ocispecs.Platform) llb.ConstraintsOpt {
	return llb.Platform(p)
}

func base() llb.State {
	return llb.Image(toolchain, platform(amd64), named("toolchain"))
}

func local(name string) llb.State {
	return llb.Local(name, llb.SessionID(session), llb.SharedKeyHint(name))
}

// buildFile is what frontend/dockerui asks for when it loads the build file.
func buildFile() llb.State {
	return llb.Local("dockerfile",
		llb.FollowPaths([]string{"gobuild.yaml", "gobuild.yaml.dockerignore"}),
		llb.SessionID(session),
		llb.SharedKeyHint("dockerfile"),
		llb.Differ(llb.DiffNone, false),
		named("[internal] load build definition from gobuild.yaml"),
	)
}

func localFilters() llb.State {
	return llb.Local("context",
		llb.SessionID(session),
		llb.IncludePatterns([]string{"**/*.go", "a b", "<&>"}),
		llb.ExcludePatterns([]string{"vendor", "!vendor/modules.txt", "é\u2028\"\\"}),
		llb.FollowPaths([]string{"go.mod", "cmd"}),
		llb.SharedKeyHint("context"),
		llb.Differ(llb.DiffMetadata, false),
		named("[internal] load build context"),
	)
}

func localMetadata() llb.State {
	return llb.Local("context",
		llb.SessionID(session),
		llb.MetadataOnlyTransfer([]string{"go.mod", "**/go.mod"}),
		llb.SharedKeyHint("context-metadata"),
	)
}

func image() llb.State {
	return llb.Image("registry.example/base:1", platform(armv7), llb.ResolveModeForcePull, named("base"))
}

func ociLayout() llb.State {
	return llb.OCILayout("layout@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		llb.OCIStore(session, "layout"), platform(amd64))
}

func gitHTTPS() llb.State {
	return llb.Git("https://user@git.example:8443/group/project.git", "")
}

func gitOptions() llb.State {
	return llb.Git("git.example/group/project.git", "",
		llb.GitRef("v1.2.3"),
		llb.GitSubDir("sub/dir"),
		llb.KeepGitDir(),
		llb.GitChecksum("0123456789012345678901234567890123456789"),
		llb.GitSkipSubmodules(),
		llb.GitMTimeCommit(),
		llb.GitFetchByCommit(),
		llb.AuthTokenSecret("TOKEN"),
		llb.AuthHeaderSecret("HEADER"),
	)
}

func gitSSH() llb.State {
	return llb.Git("git@git.example:group/project.git", "",
		llb.GitRef("main"),
		llb.KnownSSHHosts("git.example ssh-ed25519 AAAA"),
		llb.MountSSHSock("deploy"),
	)
}

func http() llb.State {
	return llb.HTTP("https://files.example/archive.tar.gz",
		llb.Checksum(digest.FromString("archive")),
		llb.Filename("context"),
		llb.Chmod(0o640),
		named("[internal] load remote build context"),
	)
}

// execBinds has every kind of bind mount, given in an order that is not that of the wire.
func execBinds() llb.State {
	src := local("context")
	run := base().Run(
		llb.Args([]string{"/bin/build", "-o", "/out/app", "with space", ""}),
		llb.Dir("/src"),
		llb.ReadonlyRootFS(),
		platform(amd64),
		llb.AddMount("/src", src, llb.Readonly, llb.SourcePath("/sub")),
		llb.AddMount("/scratchpad", src, llb.ForceNoOutput),
		llb.AddMount("/out", llb.Scratch()),
		llb.AddMount("/copy", src),
		llb.AddMount("/keyed", llb.Image("registry.example/other:1", platform(amd64)), llb.Readonly, llb.ContentCache(llb.MountContentCacheOn)),
		llb.AddMount("/unkeyed", src, llb.Readonly, llb.ContentCache(llb.MountContentCacheOff)),
	)
	return run.GetMount("/out")
}

func execCaches() llb.State {
	seed := llb.Scratch().File(llb.Mkdir("/cache", 0o700, llb.WithUIDGID(65532, 65532)), named("[internal] setting cache mount permissions"))
	run := base().Run(
		llb.Args([]string{"true"}),
		llb.ReadonlyRootFS(),
		platform(amd64),
		llb.AddMount("/root/.cache/go-build", llb.Scratch(), llb.AsPersistentCacheDir("//root/.cache/go-build", llb.CacheMountShared)),
		llb.AddMount("/go/pkg/mod", llb.Scratch(), llb.AsPersistentCacheDir("//go/pkg/mod", llb.CacheMountLocked)),
		llb.AddMount("/private", seed, llb.AsPersistentCacheDir("private", llb.CacheMountPrivate), llb.SourcePath("/cache")),
		llb.AddMount("/tmp", llb.Scratch(), llb.Tmpfs()),
		llb.AddMount("/dev/shm", llb.Scratch(), llb.Tmpfs(llb.TmpfsSize(64<<20))),
		llb.AddMount("/out", llb.Scratch()),
	)
	return run.GetMount("/out")
}

func execSecrets() llb.State {
	run := base().Run(
		llb.Args([]string{"true"}),
		platform(amd64),
		llb.AddEnv("B", "2"),
		llb.AddSecret("/run/secrets/netrc", llb.SecretID("netrc"), llb.SecretFileOpt(1000, 1001, 0o440), llb.SecretOptional),
		llb.AddSecret("/root/.netrc", llb.SecretID("z")),
		llb.AddSecretWithDest("token", nil, llb.SecretAsEnvName("TOKEN")),
		llb.AddSecretWithDest("key", nil, llb.SecretAsEnvName("KEY"), llb.SecretOptional),
		llb.AddSSHSocket(llb.SSHID("default"), llb.SSHSocketTarget("/run/agent")),
		llb.AddSSHSocket(llb.SSHID("other"), llb.SSHSocketOpt("/run/agent2", 1, 2, 0o666), llb.SSHOptional),
	)
	return run.Root()
}

func execEnvironment() llb.State {
	run := base().Run(
		llb.Args([]string{"/bin/sh", "-c", "echo $A"}),
		llb.Dir("/work"),
		platform(armv7),
		llb.With(
			llb.AddEnv("Z", "last"),
			llb.AddEnv("A", "first=1"),
			llb.AddEnv("EMPTY", ""),
			llb.AddEnv("Z", "moved"),
			llb.User("1000:1000"),
			llb.Hostname("builder"),
			llb.Network(llb.NetModeNone),
		),
		llb.AddExtraHost("one.example", net.ParseIP("192.0.2.1")),
		llb.AddExtraHost("two.example", net.ParseIP("2001:db8::1")),
		llb.AddUlimit(llb.UlimitNofile, 1024, 2048),
		llb.AddUlimit(llb.UlimitNproc, -1, -1),
		llb.WithCgroupParent("/builds"),
		llb.ValidExitCodes(0, 3),
		llb.WithProxy(llb.ProxyEnv{HTTPProxy: "http://p:1", HTTPSProxy: "http://p:2", FTPProxy: "f", NoProxy: "n", AllProxy: "a"}),
	)
	return run.Root()
}

// execOutputs uses three outputs of one process, and host networking.
func execOutputs() llb.State {
	run := base().Run(
		llb.Args([]string{"true"}),
		platform(amd64),
		llb.Network(llb.NetModeHost),
		llb.AddMount("/z", llb.Scratch()),
		llb.AddMount("/a", llb.Scratch()),
	)
	return llb.Scratch().
		File(llb.Copy(run.GetMount("/z"), "/x", "/z").Copy(run.GetMount("/a"), "/x", "/a").Copy(run.Root(), "/etc/os-release", "/"))
}

func fileChain() llb.State {
	made := time.Unix(1700000000, 5)
	return llb.Scratch().File(
		llb.Mkdir("etc/app", 0o755, llb.WithParents(true), llb.WithUIDGID(0, 0), llb.WithCreatedTime(made)).
			Mkdir("/tmp", 0o1777).
			Mkfile("/etc/passwd", 0o644, []byte("root:x:0:0::/:/sbin/nologin\n"), llb.WithCreatedTime(made)).
			Mkfile("/etc/empty", 0o600, nil, llb.WithUIDGID(65532, 65532)).
			Symlink("../usr/lib/os-release", "/etc/os-release", llb.WithUIDGID(1, 2), llb.WithCreatedTime(made)).
			Symlink("a", "b").
			Rm("/etc/app/old*", llb.WithAllowNotFound(true), llb.WithAllowWildcard(true)).
			Rm("gone"),
		named("make"),
	)
}

func fileCopy() llb.State {
	src, other := local("context"), local("other")
	return llb.Scratch().File(
		llb.Copy(src, "/", "/", &llb.CopyInfo{
			CopyDirContentsOnly: true,
			IncludePatterns:     []string{"**/*.go", "go.mod"},
			ExcludePatterns:     []string{"**/testdata"},
			Mode:                &llb.ChmodOpt{Mode: 0o644},
		}).
			Copy(other, "./bin/*", "/usr/bin/", &llb.CopyInfo{
				AllowWildcard:      true,
				AllowEmptyWildcard: true,
				CreateDestPath:     true,
				FollowSymlinks:     true,
			}, llb.WithUIDGID(65532, 65532), llb.WithCreatedTime(time.Unix(0, 0))).
			Copy(src, "archive.tar", "/unpacked/.", &llb.CopyInfo{AttemptUnpack: true}).
			Copy(other, "x", "y"),
	)
}

func fileNested() llb.State {
	made := llb.WithCreatedTime(time.Unix(0, 0))
	deepest := llb.Mkdir("/made", 0o700)
	inner := llb.Mkdir("/app", 0o755, made).
		Copy(local("binaries"), "/server", "/app/server", made).
		Copy(deepest.WithState(llb.Scratch()), "/made", "/app/made")
	return base().File(llb.Mkdir("/srv", 0o755).
		Copy(inner.WithState(llb.Scratch()), "/", "/srv", &llb.CopyInfo{CopyDirContentsOnly: true}, made))
}

func fileOnImage() llb.State {
	root := base()
	return root.File(llb.Mkdir("/app", 0o755).Copy(local("context"), "/app", "/app/app").Copy(root, "/etc/hosts", "/hosts"))
}

func merge() llb.State {
	layer := func(name string) llb.State {
		return llb.Scratch().File(llb.Mkfile("/"+name, 0o644, []byte(name)))
	}
	return llb.Merge([]llb.State{base(), layer("one"), layer("two"), layer("one")}, named("stack"))
}

func metadata() llb.State {
	src := llb.Local("context", llb.SessionID(session), llb.WithDescription(map[string]string{"com.example.key": "value"}),
		llb.ProgressGroup("group", "shown together", true))
	run := base().Run(
		llb.Args([]string{"true"}),
		platform(amd64),
		llb.IgnoreCache,
		llb.WithoutExportCache(),
		llb.ProgressGroup("group", "shown together", false),
		llb.WithLinuxResources(llb.LinuxResources{
			Memory: 1 << 30, MemorySwap: 2 << 30, CPUShares: 512, CPUPeriod: 100000, CPUQuota: 50000, CpusetCpus: "0-1", CpusetMems: "0",
		}),
		named("run"),
		llb.AddMount("/src", src, llb.Readonly),
	)
	return run.Root().File(llb.Mkdir("/x", 0o755), llb.WithExportCache())
}

// metadataMerged has one vertex under two names.
func metadataMerged() llb.State {
	one := llb.Scratch().File(llb.Mkdir("/x", 0o755), named("one"), llb.WithExportCache())
	two := llb.Scratch().File(llb.Mkdir("/x", 0o755), named("two"), llb.IgnoreCache)
	return base().Run(
		llb.Args([]string{"true"}),
		platform(amd64),
		llb.AddMount("/one", one, llb.Readonly),
		llb.AddMount("/two", two, llb.Readonly),
	).Root()
}

func sourceLocations() llb.State {
	file := buildFile()
	yaml := llb.NewSourceMap(&file, "gobuild.yaml", "YAML", []byte("a: 1\nb: 2\nc: 3\n"))
	ignore := llb.NewSourceMap(nil, "gobuild.yaml.dockerignore", "Ignore List", []byte("vendor\n"))
	lines := func(first, last int32) []*pb.Range {
		return []*pb.Range{{Start: &pb.Position{Line: first}, End: &pb.Position{Line: last}}}
	}
	src := llb.Local("context", llb.SessionID(session), ignore.Location(lines(1, 1)))
	return base().Run(
		llb.Args([]string{"true"}),
		platform(amd64),
		yaml.Location(lines(2, 3)),
		yaml.Location(append(lines(1, 1), lines(3, 3)...)),
		llb.AddMount("/src", src, llb.Readonly),
	).Root()
}

// sharedInDiamond uses one vertex on two ways.
func sharedInDiamond() llb.State {
	shared := base().Run(llb.Args([]string{"shared"}), platform(amd64)).Root()
	side := func(name string) llb.State {
		return shared.Run(llb.Args([]string{name}), platform(amd64), llb.AddMount("/out", llb.Scratch())).GetMount("/out")
	}
	return llb.Merge([]llb.State{side("left"), side("right")})
}

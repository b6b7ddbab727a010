package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/ssh"
)

// Git over SSH for the owner of one key. Returns the key of the server.
func serveSSH(directory, address, publicKey string, record func(string, ...any)) string {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	check(err)
	signer, err := ssh.NewSignerFromKey(private)
	check(err)
	owner, _, _, _, err := ssh.ParseAuthorizedKey([]byte(publicKey))
	check(err)
	config := &ssh.ServerConfig{
		PublicKeyCallback: func(connection ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
			if connection.User() != "git" || string(key.Marshal()) != string(owner.Marshal()) {
				return nil, errors.New("who are you?")
			}
			return nil, nil
		},
	}
	config.AddHostKey(signer)
	listener, err := net.Listen("tcp", address)
	check(err)
	go func() {
		for {
			connection, err := listener.Accept()
			check(err)
			go serveConnection(filepath.Join(directory, "repositories", sshHost), connection, config, record)
		}
	}()
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey())))
}

func serveConnection(root string, connection net.Conn, config *ssh.ServerConfig, record func(string, ...any)) {
	defer connection.Close()
	_, channels, requests, err := ssh.NewServerConn(connection, config)
	if err != nil {
		record("ssh refused: %s", err)
		return
	}
	go ssh.DiscardRequests(requests)
	for offered := range channels {
		channel, requests, err := offered.Accept()
		if err != nil {
			return
		}
		go func() {
			defer channel.Close()
			for request := range requests {
				if request.Type != "exec" {
					_ = request.Reply(request.Type == "env", nil)
					continue
				}
				_ = request.Reply(true, nil)
				command := string(request.Payload[4:])
				record("ssh %s", command)
				path, found := strings.CutPrefix(command, "git-upload-pack ")
				status := make([]byte, 4)
				git := exec.Command("git", "-c", "safe.directory=*", "upload-pack", filepath.Join(root, strings.Trim(path, "'")))
				git.Stdout, git.Stderr = channel, channel.Stderr()
				stdin, err := git.StdinPipe()
				check(err)
				go func() { _, _ = io.Copy(stdin, channel) }()
				if !found || git.Run() != nil {
					binary.BigEndian.PutUint32(status, 1)
				}
				_, _ = channel.SendRequest("exit-status", false, status)
				return
			}
		}()
	}
}

// Asks a server in the same container whether it is well: `healthcheck PORT PATH`.
//
// It is part of the image, so it is made of nothing but system calls: package net would make it twice as large.
// Invariant: it ends with 0 for an answer of 2xx or 3xx, and with 1 and a word about it for everything else. How long
// that may take is for whoever started it to say, and ends it.
package main

import "syscall"

func main() {
	port, path, ok := arguments()
	if !ok {
		end("usage: healthcheck PORT PATH")
	}
	server, err := connect(port)
	if err != nil {
		end("no answer: " + err.Error())
	}
	const version = "HTTP/1."
	send(server, "GET "+path+" HTTP/1.0\r\nHost: localhost\r\nUser-Agent: healthcheck\r\nAccept: */*\r\n\r\n")
	// `HTTP/1.1 200`
	answer := receive(server, len(version)+5)
	if len(answer) < len(version)+5 || answer[:len(version)] != version {
		end("no answer of HTTP")
	}
	status := answer[len(version)+2:]
	if status[0] != '2' && status[0] != '3' {
		end("status " + status)
	}
	say("status " + status)
}

// The words behind the program's name. Package os would tell them, and is as large as this program.
func arguments() (port int, path string, ok bool) {
	file, err := syscall.Open("/proc/self/cmdline", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return 0, "", false
	}
	var words []string
	word := ""
	for _, character := range []byte(receive(file, 1<<16)) {
		if character == 0 {
			words = append(words, word)
			word = ""
		} else {
			word += string(rune(character))
		}
	}
	if len(words) != 3 {
		return 0, "", false
	}
	for _, digit := range words[1] {
		port = port*10 + int(digit-'0')
	}
	return port, words[2], port > 0 && port < 1<<16
}

// Connects to a port of this container, by its old address or by its new one.
func connect(port int) (int, error) {
	server, err := open(syscall.AF_INET, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}})
	if err == nil {
		return server, nil
	}
	if server, other := open(syscall.AF_INET6, &syscall.SockaddrInet6{Port: port, Addr: [16]byte{15: 1}}); other == nil {
		return server, nil
	}
	return 0, err
}

func open(family int, address syscall.Sockaddr) (int, error) {
	server, err := syscall.Socket(family, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	return server, syscall.Connect(server, address)
}

func send(file int, text string) {
	for rest := []byte(text); len(rest) > 0; {
		written, err := syscall.Write(file, rest)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			end("no answer: " + err.Error())
		}
		rest = rest[written:]
	}
}

// At most so many bytes of a file.
func receive(file, most int) string {
	text, part := "", make([]byte, 4096)
	for len(text) < most {
		read, err := syscall.Read(file, part[:min(len(part), most-len(text))])
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			end("no answer: " + err.Error())
		}
		if read <= 0 {
			break
		}
		text += string(part[:read])
	}
	return text
}

// The smaller one; Go before 1.21 has no word for it.
func min(one, other int) int {
	if one < other {
		return one
	}
	return other
}

func say(text string) {
	syscall.Write(1, []byte(text+"\n"))
}

func end(text string) {
	say(text)
	syscall.Exit(1)
}

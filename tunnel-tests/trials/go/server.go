// A remote with golang.org/x/net/http2 behind TLS: gRPC calls are echoed, all else is greeted.
package main

import (
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"

	"golang.org/x/net/http2"
)

func main() {
	certificate := flag.String("cert", "", "file of the server's certificates")
	key := flag.String("key", "", "file of the server's key")
	flag.Parse()

	pair, err := tls.LoadX509KeyPair(*certificate, *key)
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{
		Handler: http.HandlerFunc(serve),
		TLSConfig: &tls.Config{
			Certificates: []tls.Certificate{pair},
			ClientAuth:   tls.RequestClientCert,
		},
	}
	// Without this call it would be the standard library's copy, whose settings are others.
	if err := http2.ConfigureServer(server, &http2.Server{}); err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("port %d\n", listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(server.ServeTLS(listener, "", ""))
}

func serve(response http.ResponseWriter, request *http.Request) {
	if !strings.HasPrefix(request.Header.Get("content-type"), "application/grpc") {
		fmt.Fprintf(response, "hello over %s\n", request.Proto)
		return
	}
	response.Header().Set("content-type", "application/grpc")
	response.Header().Set("trailer", "grpc-status")
	if _, err := io.Copy(response, request.Body); err != nil {
		panic(http.ErrAbortHandler)
	}
	response.Header().Set("grpc-status", "0")
}

package main

import (
	"fmt"
	"strings"

	"switchyard/internal/api"
	"switchyard/routing"
)

// request is the call that the flags make up.
func (c explainCommand) request() (api.ExplainRequest, error) {
	r := api.ExplainRequest{Tenant: c.Tenant, From: c.From, To: c.To, Phone: c.Phone, Trunk: c.Trunk, Name: c.Name, ID: c.ID}
	var err error
	if r.At, err = parseAt(c.At); err != nil {
		return r, err
	}
	if r.Headers, err = parseHeaders(c.Header); err != nil {
		return r, err
	}
	r.Assume.Extensions, err = parseAssumed(c.Assume)
	return r, err
}

// parseHeaders reads NAME=VALUE; a value may have anything in it.
func parseHeaders(flags []string) (map[string]string, error) {
	headers := map[string]string{}
	for _, flag := range flags {
		name, value, ok := strings.Cut(flag, "=")
		if !ok || name == "" {
			return nil, usage{fmt.Errorf("--header: %q is no header; write X-Campaign=spring", flag)}
		}
		headers[name] = value
	}
	return headers, nil
}

// parseAssumed reads EXTENSION=STATE; of an extension that is named twice both
// count.
func parseAssumed(flags []string) (map[string]routing.AssumedExtension, error) {
	extensions := map[string]routing.AssumedExtension{}
	for _, flag := range flags {
		extension, state, _ := strings.Cut(flag, "=")
		e := extensions[extension]
		registered := state != "unregistered"
		switch state {
		case "unregistered", "registered":
			e.Registered = &registered
		case "on-call", "free":
			e.OnCall = state == "on-call"
		default:
			return nil, usage{fmt.Errorf("--assume: %q says nothing of an extension; write 1001=unregistered, registered, on-call or free", flag)}
		}
		extensions[extension] = e
	}
	return extensions, nil
}

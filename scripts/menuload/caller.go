package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"switchyard/internal/acceptance/phone"
)

// caller is one caller in the menu.
type caller struct {
	number  string
	call    *phone.Call
	entered []string
	err     error // set by run
}

func (c *caller) dial(trunk *phone.Phone) (err error) {
	c.call, err = trunk.Dial(didMenu, phone.DialOptions{FromUser: c.number})
	return err
}

// inMenu waits until the menu's greeting is heard.
func (c *caller) inMenu(ctx context.Context) error {
	if c.call.Audio.Packets() > 50 {
		return nil // for a second
	}
	if err := c.call.Audio.WaitTone(ctx, greetingHz); err != nil {
		return fmt.Errorf("caller %s: %w", c.number, err)
	}
	return nil
}

// run makes entries from begin to end, and leaves by **.
func (c *caller) run(ctx context.Context, every time.Duration, begin, end <-chan struct{}) {
	select {
	case <-begin:
	case <-ctx.Done():
		c.err = ctx.Err()
		return
	}
	for {
		wait := time.NewTimer(every/2 + rand.N(every))
		select {
		case <-wait.C:
		case <-end:
			c.press("**")
			c.err = c.call.WaitOver(ctx)
			return
		case <-ctx.Done():
			c.err = ctx.Err()
			return
		}
		c.press(fmt.Sprintf("%02d", rand.IntN(100)))
	}
}

func (c *caller) press(keys string) {
	c.call.Audio.PressAll(keys)
	c.entered = append(c.entered, keys)
}

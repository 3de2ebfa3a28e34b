package routing

// Schedule is business hours: when calls go where. Any number of numbers may
// share one. Times are those of the clock on the wall in its time zone: on the
// day the clocks go forward the skipped hour is never, on the day they go back
// the repeated one is twice.
type Schedule struct {
	ID       string `yaml:"id" json:"id,omitempty"`
	Name     string `yaml:"name" json:"name"`
	Timezone string `yaml:"timezone" json:"timezone,omitempty"` // IANA name; default: the tenant's
	// Schedules are the windows of a week in which it is open. A day that is left
	// out is closed.
	Schedules []Window  `yaml:"schedules" json:"schedules,omitempty"`
	Holidays  []Holiday `yaml:"holidays" json:"holidays,omitempty"` // the first that fits a day counts

	// OpenAction is where calls go while it is open, unless the window or the
	// number that was called says otherwise.
	OpenAction *Destination `yaml:"openAction" json:"openAction,omitempty"`
	// AfterHoursAction is where they go while it is closed, holidays without a
	// destination of their own included.
	AfterHoursAction *Destination `yaml:"afterHoursAction" json:"afterHoursAction,omitempty"`

	OverrideCode *OverrideCode `yaml:"overrideCode" json:"overrideCode,omitempty"`
}

// Window is a time of the week: from StartTime to before EndTime, HH:MM.
// EndTime 24:00 or 00:00 is midnight; an EndTime before StartTime is on the next
// day. It belongs to the day it begins on.
type Window struct {
	Day         string       `yaml:"day" json:"day,omitempty"`         // monday … sunday
	Days        []string     `yaml:"days" json:"days,omitempty"`       // instead of Day: several
	Enabled     *bool        `yaml:"enabled" json:"enabled,omitempty"` // default true
	StartTime   string       `yaml:"startTime" json:"startTime"`
	EndTime     string       `yaml:"endTime" json:"endTime"`
	Destination *Destination `yaml:"destination" json:"destination,omitempty"` // default: OpenAction
}

// Holiday is a day, or several, on which the week's windows do not count; nor do
// those of the evening before reach into it. One of Date, From with To, or
// Month with Weekday and Nth.
type Holiday struct {
	Name string `yaml:"name" json:"name"`
	Date string `yaml:"date" json:"date,omitempty"` // 2026-12-25, or every year 12-25
	From string `yaml:"from" json:"from,omitempty"` // both written like Date; 12-24 to 01-02 passes the year's end
	To   string `yaml:"to" json:"to,omitempty"`

	Month   string `yaml:"month" json:"month,omitempty"`     // january … december
	Weekday string `yaml:"weekday" json:"weekday,omitempty"` // monday … sunday
	Nth     int    `yaml:"nth" json:"nth,omitempty"`         // 1-5; -1: the last one of the month

	// Hours are when it is open all the same, within the day.
	Hours       []HolidayHours `yaml:"hours" json:"hours,omitempty"`
	Destination *Destination   `yaml:"destination" json:"destination,omitempty"` // while it is closed; default: AfterHoursAction
}

// HolidayHours is an open time of a holiday, written like a Window's.
type HolidayHours struct {
	StartTime string `yaml:"startTime" json:"startTime"`
	EndTime   string `yaml:"endTime" json:"endTime"`
}

// OverrideCode lets phones override a schedule: Code and 1 opens it, Code and 2
// closes it, Code and 0 goes back to its hours. It expires by itself.
type OverrideCode struct {
	Code       string   `yaml:"code" json:"code"`             // * and digits, like *28
	Extensions []string `yaml:"extensions" json:"extensions"` // whose phones may
	// Hours is how long it lasts, 1-720. Default: until the day ends in the
	// schedule's zone, or the next one if less than an hour is left of this.
	Hours int `yaml:"hours" json:"hours,omitempty"`
}

// Override takes the place of a schedule's hours from Since to before Until. There
// is at most one a schedule. They are a section of their own, so that files that say
// nothing of them leave them as they are.
type Override struct {
	ID          string        `yaml:"id" json:"id,omitempty"`
	Schedule    string        `yaml:"schedule" json:"schedule"` // name or id
	State       OverrideState `yaml:"state" json:"state"`
	Destination *Destination  `yaml:"destination" json:"destination,omitempty"` // of state destination
	Since       string        `yaml:"since" json:"since,omitempty"`             // RFC 3339; default: from ever
	Until       string        `yaml:"until" json:"until"`                       // RFC 3339
	By          string        `yaml:"by" json:"by,omitempty"`                   // who set it
	Reason      string        `yaml:"reason" json:"reason,omitempty"`
}

// OverrideState is a closed set.
type OverrideState string

// The states. OverrideTo sends all calls to one destination; it counts as
// closed for rules and status.
const (
	OverrideOpen   OverrideState = "open"
	OverrideClosed OverrideState = "closed"
	OverrideTo     OverrideState = "destination"
)

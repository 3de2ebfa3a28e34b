package pgtest

import "syscall"

// Where Linux keeps files in memory, and how much has to be free there: a server
// takes a few hundred megabytes, and several packages have one at a time.
const (
	memory     = "/dev/shm"
	memoryFree = 2 << 30 // bytes
)

// quick is the folder for a server that never has to come back: in memory, if
// there is enough. Each test's database is some three hundred files, and making
// and removing these on a disk takes longer than what the tests do with them.
func quick() string {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(memory, &fs); err != nil || fs.Bavail*uint64(fs.Bsize) < memoryFree {
		return ""
	}
	return memory
}

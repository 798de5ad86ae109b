/* Pseudo file systems at start; everything off at the end. */
#include "init.h"

#include <errno.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOUNTS_AT_MOST 64

static const struct {
    const char *type, *where, *options;
    unsigned long flags;
} table[] = {
    {"proc", "/proc", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC},
    {"sysfs", "/sys", NULL, MS_NOSUID | MS_NODEV | MS_NOEXEC},
    {"devpts", "/dev/pts", "mode=620,gid=5,ptmxmode=666", MS_NOSUID | MS_NOEXEC},
    {"tmpfs", "/dev/shm", "mode=1777", MS_NOSUID | MS_NODEV},
    {"tmpfs", "/run", "mode=755", MS_NOSUID | MS_NODEV},
    {"tmpfs", "/tmp", "mode=1777", MS_NOSUID | MS_NODEV},
};

/* /dev itself is mounted by the kernel (CONFIG_DEVTMPFS_MOUNT). */
void mount_all(void) {
    mkdir("/dev/pts", 0755);
    mkdir("/dev/shm", 01777);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (mount(table[i].type, table[i].where, table[i].type, table[i].flags, table[i].options) < 0)
            complain(table[i].where);
    }
    symlink("/proc/self/fd", "/dev/fd");
    symlink("fd/0", "/dev/stdin");
    symlink("fd/1", "/dev/stdout");
    symlink("fd/2", "/dev/stderr");
    /* Times of reading are not worth a write to the browser's storage. */
    if (mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_NOATIME, NULL) < 0) complain("/");
}

/* In reverse order; what is busy is made read-only. The root file system is last. */
void unmount_all(void) {
    static char where[MOUNTS_AT_MOST][256];
    size_t count = 0;
    FILE *mounts = setmntent("/proc/mounts", "r");
    if (mounts != NULL) {
        struct mntent *entry;
        while (count < MOUNTS_AT_MOST && (entry = getmntent(mounts)) != NULL) {
            const char *dir = entry->mnt_dir;
            /* Without blocks of their own, or still needed. */
            if (strcmp(dir, "/") == 0 || strcmp(dir, "/proc") == 0 || strcmp(dir, "/dev") == 0) continue;
            snprintf(where[count++], sizeof where[0], "%s", dir);
        }
        endmntent(mounts);
    }
    sync();
    while (count-- > 0) {
        if (umount2(where[count], 0) < 0 && errno == EBUSY)
            mount(NULL, where[count], NULL, MS_REMOUNT | MS_RDONLY, NULL);
    }
    if (mount(NULL, "/", NULL, MS_REMOUNT | MS_RDONLY, NULL) < 0) complain("making / read-only");
    sync();
}

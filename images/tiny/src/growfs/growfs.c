/*
 * growfs [MOUNT POINT | DEVICE]: grows a mounted ext4 to its device's size.
 * Installed as resize2fs too, for hands that know that name.
 */
#include <errno.h>
#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "grow.h"

/* Where a block device is mounted; /proc/mounts may call the root device /dev/root, so numbers are compared. */
static const char *mount_point_of(dev_t device) {
    static char found[PATH_MAX];
    struct mntent *entry;
    struct stat status;
    FILE *mounts = setmntent("/proc/mounts", "r");
    if (mounts == NULL) return NULL;
    found[0] = 0;
    while (found[0] == 0 && (entry = getmntent(mounts)) != NULL) {
        if (stat(entry->mnt_dir, &status) == 0 && status.st_dev == device)
            snprintf(found, sizeof found, "%s", entry->mnt_dir);
    }
    endmntent(mounts);
    return found[0] ? found : NULL;
}

int main(int argc, char **argv) {
    if (argc > 2 || (argc == 2 && argv[1][0] == '-')) {
        fprintf(stderr, "Usage: %s [MOUNT POINT | DEVICE]\nGrows a mounted ext4 to the size of its device.\n", argv[0]);
        return 2;
    }
    const char *path = argc == 2 ? argv[1] : "/";
    struct stat status;
    if (stat(path, &status) < 0) {
        fprintf(stderr, "%s: %s: %s\n", argv[0], path, strerror(errno));
        return 1;
    }
    if (S_ISBLK(status.st_mode)) {
        path = mount_point_of(status.st_rdev);
        if (path == NULL) {
            fprintf(stderr, "%s: %s is not mounted\n", argv[0], argv[1]);
            return 1;
        }
    }
    if (grow_filesystem(path) < 0) {
        fprintf(stderr, "%s: %s: %s\n", argv[0], path, strerror(errno));
        return 1;
    }
    return 0;
}

/* Grows a mounted ext4 to the size of its device, as resize2fs does online. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "grow.h"

/* fs/ext4/ext4.h */
#define EXT4_IOC_RESIZE_FS _IOW('f', 16, uint64_t)
/* statfs(2) */
#define EXT4_MAGIC 0xef53
#define SECTOR 512
#define SUPERBLOCK 1024

/* The size of a block device in sectors, or 0 with errno. */
static uint64_t device_sectors(dev_t device) {
    char path[64];
    unsigned long long sectors = 0;
    snprintf(path, sizeof path, "/sys/dev/block/%u:%u/size", major(device), minor(device));
    FILE *file = fopen(path, "re");
    if (file == NULL) return 0;
    if (fscanf(file, "%llu", &sectors) != 1) {
        sectors = 0;
        errno = EIO;
    }
    fclose(file);
    return sectors;
}

/*
 * The size of the file system itself in blocks, from its superblock; 0 with errno. statfs(2) leaves out what the file
 * system needs for itself, and asking the kernel to grow to the same size costs a first boot in an emulator 20 ms.
 */
static uint64_t filesystem_blocks(dev_t device) {
    char link[64], target[256], node[300];
    uint32_t superblock[2]; /* s_inodes_count, s_blocks_count_lo (fs/ext4/ext4.h); the 64bit feature is off. */
    snprintf(link, sizeof link, "/sys/dev/block/%u:%u", major(device), minor(device));
    ssize_t length = readlink(link, target, sizeof target - 1);
    if (length < 0) return 0;
    target[length] = 0;
    snprintf(node, sizeof node, "/dev/%s", strrchr(target, '/') + 1);
    int fd = open(node, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    length = pread(fd, superblock, sizeof superblock, SUPERBLOCK);
    close(fd);
    if (length == sizeof superblock) return superblock[1];
    if (length >= 0) errno = EIO;
    return 0;
}

/* 0, also when there is nothing to grow; -1 with errno. */
int grow_filesystem(const char *path) {
    struct stat status;
    struct statfs filesystem;
    if (stat(path, &status) < 0 || statfs(path, &filesystem) < 0) return -1;
    if (filesystem.f_type != EXT4_MAGIC) {
        errno = EOPNOTSUPP;
        return -1;
    }
    uint64_t sectors = device_sectors(status.st_dev);
    if (sectors == 0) return -1;
    uint64_t blocks = sectors / ((uint64_t)filesystem.f_bsize / SECTOR);
    uint64_t present = filesystem_blocks(status.st_dev);
    if (present == 0) return -1;
    if (blocks <= present) return 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    int result = ioctl(fd, EXT4_IOC_RESIZE_FS, &blocks);
    int saved = errno;
    close(fd);
    errno = saved;
    return result;
}

/* Reading and writing whole files (A19, A20). */
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* As in exec.c: a packet should fit 32 KiB of the kernel's memory. */
#define CHUNK (32 * 1024 - 512)

static const char *take_path(int fd, const uint8_t *at, const uint8_t *end) {
    const char *path = take_string(&at, end);
    if (path == NULL || at != end) fail(fd, E_PROTOCOL, 0, "a file request without a path");
    if (path[0] != '/') fail(fd, E_FILE, EINVAL, "%.256s is not an absolute path", path);
    return path;
}

void run_read_file(int fd, const uint8_t *request, uint32_t length) {
    static uint8_t frame[HEADER_BYTES + CHUNK];
    const char *path = take_path(fd, request, request + length);
    /* Non-blocking, so that a FIFO is refused rather than waited for. */
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat info;
    if (file < 0 || fstat(file, &info) < 0) fail(fd, E_FILE, errno, "%.256s", path);
    if (S_ISDIR(info.st_mode)) fail(fd, E_FILE, EISDIR, "%.256s", path);
    if (!S_ISREG(info.st_mode)) fail(fd, E_FILE, EINVAL, "%.256s is no regular file", path);
    put_header(frame, FRAME_FILE, 24);
    put_u64(frame + HEADER_BYTES, (uint64_t)info.st_size);
    put_u32(frame + HEADER_BYTES + 8, info.st_mode & 07777);
    put_u32(frame + HEADER_BYTES + 12, 0);
    put_u64(frame + HEADER_BYTES + 16,
            (uint64_t)((int64_t)info.st_mtim.tv_sec * 1000 + info.st_mtim.tv_nsec / 1000000));
    write_fully(fd, frame, HEADER_BYTES + 24);
    for (;;) {
        ssize_t got = read(file, frame + HEADER_BYTES, CHUNK);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail(fd, E_FILE, errno, "%.256s", path);
        if (got == 0) break;
        put_header(frame, FRAME_DATA, (uint32_t)got);
        write_fully(fd, frame, HEADER_BYTES + (size_t)got);
    }
    send_frame(fd, FRAME_END, NULL, 0);
    end_session(fd);
}

static char target[PATH_MAX], directory[PATH_MAX], temporary[PATH_MAX + 64];

static void remove_temporary(void) { unlink(temporary); }

/* Follows a symbolic link, finds the directory, and refuses what is there and is no regular file. */
static int find_target(int fd, const char *path, struct stat *old) {
    if (realpath(path, target) == NULL) {
        if (errno != ENOENT) fail(fd, E_FILE, errno, "%.256s", path);
        if (strlen(path) >= sizeof target) fail(fd, E_FILE, ENAMETOOLONG, "%.256s", path);
        strcpy(target, path);
    }
    size_t directory_length = (size_t)(strrchr(target, '/') - target);
    memcpy(directory, target, directory_length);
    strcpy(directory + directory_length, directory_length == 0 ? "/" : "");
    if (target[directory_length + 1] == 0) fail(fd, E_FILE, EISDIR, "%.256s", path);
    if (stat(target, old) < 0) {
        if (errno != ENOENT) fail(fd, E_FILE, errno, "%.256s", path);
        return 0;
    }
    if (S_ISDIR(old->st_mode)) fail(fd, E_FILE, EISDIR, "%.256s", path);
    if (!S_ISREG(old->st_mode)) fail(fd, E_FILE, EINVAL, "%.256s is no regular file", path);
    return 1;
}

static int open_temporary(int fd, const char *path) {
    for (int attempt = 0; attempt < 100; attempt++) {
        int slash = strcmp(directory, "/") != 0;
        snprintf(temporary, sizeof temporary, "%s%s.tabvisor-%d-%d", directory, slash ? "/" : "", (int)getpid(), attempt);
        int file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (file >= 0) {
            on_session_end = remove_temporary;
            return file;
        }
        /* A file of this name is what a power cut left of an earlier write. */
        if (errno != EEXIST) break;
    }
    fail(fd, E_FILE, errno, "%.256s", path);
}

static void write_all(int fd, int file, const char *path, const uint8_t *bytes, size_t length) {
    while (length > 0) {
        ssize_t wrote = write(file, bytes, length);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) fail(fd, E_FILE, errno, "%.256s", path);
        bytes += wrote;
        length -= (size_t)wrote;
    }
}

static void receive_file(int fd, int file, const char *path) {
    static uint8_t payload[MAX_DATA];
    uint8_t header[HEADER_BYTES];
    uint32_t length;
    for (;;) {
        read_fully(fd, header, sizeof header);
        int type = check_header(header, &length);
        if (type == FRAME_END && length == 0) return;
        if (type != FRAME_DATA) {
            fail(fd, E_PROTOCOL, 0, "a frame of type 0x%02x with %u bytes in WRITE_FILE", header[0], length);
        }
        read_fully(fd, payload, length);
        write_all(fd, file, path, payload, length);
    }
}

static void sync_directory(int fd, const char *path) {
    int opened = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* Some file systems cannot sync a directory, and say EINVAL. */
    if (opened < 0 || (fsync(opened) < 0 && errno != EINVAL)) fail(fd, E_FILE, errno, "the directory of %.256s", path);
    close(opened);
}

void run_write_file(int fd, const uint8_t *request, uint32_t length) {
    struct stat old;
    if (length < 4) fail(fd, E_PROTOCOL, 0, "WRITE_FILE with %u bytes", length);
    mode_t mode = get_u32(request) & 07777;
    const char *path = take_path(fd, request + 4, request + length);
    int exists = find_target(fd, path, &old);
    int file = open_temporary(fd, path);
    receive_file(fd, file, path);
    if (exists && (old.st_uid != geteuid() || old.st_gid != getegid()) && fchown(file, old.st_uid, old.st_gid) < 0) {
        fail(fd, E_FILE, errno, "the owner of %.256s", path);
    }
    if (fchmod(file, mode) < 0 || fsync(file) < 0 || close(file) < 0 || rename(temporary, target) < 0) {
        fail(fd, E_FILE, errno, "%.256s", path);
    }
    on_session_end = NULL;
    sync_directory(fd, path);
    send_frame(fd, FRAME_OK, NULL, 0);
    end_session(fd);
}

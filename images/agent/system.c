/* The machine: identity, clock, power. */
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

int64_t monotonic_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int set_nonblocking(int fd) {
    int flags = fcntl(fd, F_GETFL);
    return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

/* A guest out of memory should kill what it runs, not the way to it. */
void set_oom_adjustment(const char *value) {
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    if (write(fd, value, strlen(value)) < 0) { /* Not root: nothing to protect. */
    }
    close(fd);
}

/* Appends a string; what does not fit is cut. */
static size_t put_string(uint8_t *at, size_t room, const char *string) {
    size_t length = strnlen(string, room - 1);
    memcpy(at, string, length);
    at[length] = 0;
    return length + 1;
}

/* The first line of a small file. */
static void read_line(const char *path, char *into, size_t room) {
    ssize_t length = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        length = read(fd, into, room - 1);
        close(fd);
    }
    into[length > 0 ? length : 0] = 0;
    into[strcspn(into, "\n")] = 0;
}

static size_t put_identity(uint8_t *at, size_t room) {
    char boot_id[64];
    struct utsname names;
    memset(&names, 0, sizeof names);
    uname(&names);
    read_line("/proc/sys/kernel/random/boot_id", boot_id, sizeof boot_id);
    size_t length = put_string(at, room, boot_id);
    length += put_string(at + length, room - length, names.nodename);
    return length + put_string(at + length, room - length, names.release);
}

size_t put_ready(uint8_t *at, size_t room) {
    put_u32(at + HEADER_BYTES, AGENT_VERSION);
    size_t length = 4 + put_identity(at + HEADER_BYTES + 4, room - HEADER_BYTES - 4);
    put_header(at, FRAME_READY, (uint32_t)length);
    return HEADER_BYTES + length;
}

void run_info(int fd) {
    uint8_t payload[512];
    struct utsname names;
    struct timespec up;
    memset(&names, 0, sizeof names);
    uname(&names);
    clock_gettime(CLOCK_BOOTTIME, &up);
    put_u32(payload, AGENT_VERSION);
    put_u32(payload + 4, 0);
    put_u64(payload + 8, (uint64_t)up.tv_sec * 1000 + (uint64_t)up.tv_nsec / 1000000);
    size_t length = 16 + put_identity(payload + 16, sizeof payload - 16);
    length += put_string(payload + length, sizeof payload - length, names.machine);
    send_frame(fd, FRAME_INFO_REPLY, payload, (uint32_t)length);
    end_session(fd);
}

void run_set_clock(int fd, const uint8_t *request, uint32_t length) {
    if (length != 8) fail(fd, E_PROTOCOL, 0, "SET_CLOCK with %u bytes", length);
    if (platform_set_clock((int64_t)get_u64(request)) < 0) fail(fd, E_CLOCK, errno, "the clock cannot be set");
    send_frame(fd, FRAME_OK, NULL, 0);
    end_session(fd);
}

void run_power(int fd, const uint8_t *request, uint32_t length) {
    if (length != 4 || get_u32(request) > 1) fail(fd, E_PROTOCOL, 0, "POWER with %u bytes", length);
    const char *name = get_u32(request) == 0 ? "poweroff" : "reboot";
    const char *program = platform_power_program(name);
    if (program == NULL) fail(fd, E_POWER, errno, "%s cannot be run", name);
    /* The answer first: after this nobody may be there to give it (A21). */
    send_frame(fd, FRAME_OK, NULL, 0);
    pid_t child = fork();
    if (child == 0) {
        setsid();
        close(fd);
        execl(program, name, (char *)NULL);
        _exit(127);
    }
    end_session(fd);
}

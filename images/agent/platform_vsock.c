/* The agent in an instance: virtio-vsock, the real clock, the real power. */
#include "agent.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* From <linux/vm_sockets.h>, which not every C library's headers bring along; it is fixed for good. */
#define VMADDR_CID_ANY 0xffffffffu
#define VMADDR_CID_HOST 2u
struct sockaddr_vm {
    sa_family_t svm_family;
    uint16_t svm_reserved1;
    uint32_t svm_port;
    uint32_t svm_cid;
    uint8_t svm_zero[sizeof(struct sockaddr) - sizeof(sa_family_t) - 10];
};

static int vsock(uint32_t cid, uint32_t port, struct sockaddr_vm *address) {
    memset(address, 0, sizeof *address);
    address->svm_family = AF_VSOCK;
    address->svm_cid = cid;
    address->svm_port = port;
    return socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static int give_up(int fd) {
    int error = errno;
    if (fd >= 0) close(fd);
    errno = error;
    return -1;
}

int platform_listen(int argc, char **argv) {
    (void)argc;
    (void)argv;
    struct sockaddr_vm address;
    int fd = vsock(VMADDR_CID_ANY, AGENT_PORT, &address);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, MAX_SESSIONS) < 0) {
        return give_up(fd);
    }
    return fd;
}

/* From a port that only root can have; the last one used may not be free again yet. */
static int bind_control_port(int fd) {
    static uint32_t next = FIRST_CONTROL_PORT;
    for (uint32_t attempt = FIRST_CONTROL_PORT; attempt <= LAST_CONTROL_PORT; attempt++) {
        struct sockaddr_vm own = {.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY, .svm_port = next};
        next = next == LAST_CONTROL_PORT ? FIRST_CONTROL_PORT : next + 1;
        if (bind(fd, (struct sockaddr *)&own, sizeof own) == 0) return 0;
        if (errno != EADDRINUSE) return -1;
    }
    return -1;
}

int platform_connect_host(void) {
    struct sockaddr_vm address;
    int fd = vsock(VMADDR_CID_HOST, HOST_PORT, &address);
    if (fd < 0 || bind_control_port(fd) < 0) return give_up(fd);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS) return give_up(fd);
    return fd;
}

int platform_is_host(int fd) {
    struct sockaddr_vm peer;
    socklen_t size = sizeof peer;
    return getpeername(fd, (struct sockaddr *)&peer, &size) == 0 && peer.svm_cid == VMADDR_CID_HOST;
}

int platform_set_clock(int64_t epoch_ms) {
    struct timespec time = {(time_t)(epoch_ms / 1000), (long)(epoch_ms % 1000) * 1000000};
    if (time.tv_nsec < 0) {
        time.tv_sec -= 1;
        time.tv_nsec += 1000000000;
    }
    return clock_settime(CLOCK_REALTIME, &time);
}

const char *platform_power_program(const char *name) {
    static const char *const places[][2] = {
        {"/sbin/poweroff", "/usr/sbin/poweroff"},
        {"/sbin/reboot", "/usr/sbin/reboot"},
    };
    const char *const *place = places[strcmp(name, "reboot") == 0];
    if (access(place[0], X_OK) == 0) return place[0];
    if (access(place[1], X_OK) == 0) return place[1];
    return NULL;
}

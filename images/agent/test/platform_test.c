/* The agent under test: AF_UNIX sockets "agent" and "host" in the directory argv[1]; the clock is the file "clock";
 * "poweroff" and "reboot" are programs in that directory. */
#include "../agent.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char *directory;

static int unix_socket(const char *name, struct sockaddr_un *address) {
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    snprintf(address->sun_path, sizeof address->sun_path, "%s/%s", directory, name);
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

int platform_listen(int argc, char **argv) {
    struct sockaddr_un address;
    if (argc < 2) return -1;
    directory = argv[1];
    int fd = unix_socket("agent", &address);
    unlink(address.sun_path);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, MAX_SESSIONS) < 0) return -1;
    return fd;
}

int platform_connect_host(void) {
    struct sockaddr_un address;
    int fd = unix_socket("host", &address);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

int platform_is_host(int fd) { return fd >= 0; }

int platform_set_clock(int64_t epoch_ms) {
    char path[256];
    snprintf(path, sizeof path, "%s/clock", directory);
    FILE *file = fopen(path, "w");
    if (file == NULL) return -1;
    fprintf(file, "%lld", (long long)epoch_ms);
    return fclose(file);
}

const char *platform_power_program(const char *name) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return access(path, X_OK) == 0 ? path : NULL;
}

/* Who this instance is: from the kernel command line. */
#include "init.h"

#include <ctype.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* One word of the command line; only letters, digits, '-' and '.' are taken, since it goes into file names and hosts. */
static void read_word(const char *line, const char *key, char *into, size_t room) {
    into[0] = 0;
    const char *found = strstr(line, key);
    if (found == NULL || (found != line && found[-1] != ' ')) return;
    found += strlen(key);
    size_t length = 0;
    while (isalnum((unsigned char)found[length]) || found[length] == '-' || found[length] == '.') length++;
    if (length == 0 || length >= room) return;
    memcpy(into, found, length);
    into[length] = 0;
}

void read_identity(struct identity *identity) {
    char line[2048]; /* The kernel's COMMAND_LINE_SIZE on x86. */
    if (read_file("/proc/cmdline", line, sizeof line) < 0) complain("/proc/cmdline");
    read_word(line, "tabvisor.instance=", identity->instance, sizeof identity->instance);
    read_word(line, "tabvisor.hostname=", identity->hostname, sizeof identity->hostname);
}

/* The disk's name for the host wins: it may have been changed by hand since the first boot. */
void set_hostname(const struct identity *identity) {
    char name[HOSTNAME_BYTES];
    read_file("/etc/hostname", name, sizeof name);
    name[strcspn(name, " \t\n")] = 0;
    const char *chosen = name[0] ? name : identity->hostname;
    if (chosen[0] && sethostname(chosen, strlen(chosen)) < 0) complain("hostname");

    struct ifreq loopback = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &loopback) < 0) complain("lo");
    if (fd >= 0) close(fd);
}

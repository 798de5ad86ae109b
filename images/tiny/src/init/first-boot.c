/*
 * What is done once per instance: an image is the same for all its instances,
 * so names, ids and keys that must differ are made at the first boot, and the
 * file system is grown to the volume's size.
 */
#include "init.h"
#include "../growfs/grow.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define STATE "/var/lib/tabvisor"
#define DONE STATE "/instance-id"
#define LOG "/var/log/first-boot.log"

static const struct identity *self;

static void new_machine_id(void) {
    /* machine-id(5): 32 lower-case hexadecimal digits; a version 4 UUID's bits, as systemd makes it. */
    uint8_t bytes[16];
    char text[34];
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) complain("getrandom");
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    for (int i = 0; i < 16; i++) snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    strcpy(text + 32, "\n");
    write_file("/etc/machine-id", text, 0444);
}

static void new_names(void) {
    char text[256];
    if (self->hostname[0] == 0) return;
    snprintf(text, sizeof text, "%s\n", self->hostname);
    write_file("/etc/hostname", text, 0644);
    snprintf(text, sizeof text, "127.0.0.1\tlocalhost\n127.0.1.1\t%s\n::1\tlocalhost ip6-localhost\n", self->hostname);
    write_file("/etc/hosts", text, 0644);
}

static void forget_host_keys(void) {
    static const char *const kinds[] = {"rsa", "ecdsa", "ed25519"};
    char path[64];
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        snprintf(path, sizeof path, "/etc/dropbear/dropbear_%s_host_key", kinds[i]);
        if (unlink(path) < 0 && errno != ENOENT) complain(path);
    }
}

static void log_run(void) {
    char line[128], when[32] = "";
    time_t now = time(NULL);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
    int length = snprintf(line, sizeof line, "%s first boot of %s\n", when, self->instance);
    int fd = open(LOG, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, line, (size_t)length) != length) complain(LOG);
    if (fd >= 0) close(fd);
}

/*
 * The id is written when all else is on the disk. A crash before that leaves no id or an empty one, and the next boot
 * does it all again. Two journal commits are all it takes: ext4 commits a new file's directory entry with its fsync.
 */
static void make_durable(void) {
    const struct timespec until_the_login_is_up = {0, 300 * 1000 * 1000};
    nanosleep(&until_the_login_is_up, NULL);
    int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char text[INSTANCE_BYTES + 1];
    snprintf(text, sizeof text, "%s\n", self->instance);
    if (root < 0 || syncfs(root) < 0 || !write_file_durably(DONE, text, 0644)) {
        complain(DONE);
        _exit(1);
    }
    _exit(0);
}

/* The process that makes it durable meanwhile, or 0: the login need not wait for the disk. */
pid_t first_boot(const struct identity *identity) {
    char known[INSTANCE_BYTES + 1];
    if (identity->instance[0] == 0) return 0;
    read_file(DONE, known, sizeof known);
    known[strcspn(known, "\n")] = 0;
    if (strcmp(known, identity->instance) == 0) return 0;

    self = identity;
    log_run();
    new_names();
    new_machine_id();
    forget_host_keys();
    if (grow_filesystem("/") < 0) complain("growing /");
    return start_child(make_durable);
}

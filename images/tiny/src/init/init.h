/*
 * Process 1 of the image `tiny`: brings a login up with as few processes as
 * possible, because every fork and exec costs milliseconds in an emulator.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define INSTANCE_BYTES 64
/* RFC 1035 §2.3.4 allows 63 per label; Linux allows 64 for a host name. */
#define HOSTNAME_BYTES 65

/* What the machine says about itself on the kernel command line. */
struct identity {
    char instance[INSTANCE_BYTES]; /* tabvisor.instance, "" when not given */
    char hostname[HOSTNAME_BYTES]; /* tabvisor.hostname, "" when not given */
};

/* A process that is started again when it ends. */
struct service {
    const char *name;
    void (*run)(void); /* In the child; does not return. */
    pid_t pid;         /* 0 when it does not run */
    int64_t started;   /* monotonic ms */
    int64_t due;       /* monotonic ms; when to start it */
};

/* base.c */
int64_t now_ms(void);
void complain(const char *what);
ssize_t read_file(const char *path, char *into, size_t room);
bool write_file(const char *path, const char *text, mode_t mode);
bool write_file_durably(const char *path, const char *text, mode_t mode);
void prepare_child(void);
pid_t start_child(void (*run)(void));

/* mounts.c */
void mount_all(void);
void unmount_all(void);

/* identity.c */
void read_identity(struct identity *identity);
void set_hostname(const struct identity *identity);

/* first-boot.c */
pid_t first_boot(const struct identity *identity);

/* console.c */
void find_console(void);
void run_console(void);

/* shutdown.c */
void shut_down(int how, pid_t unfinished) __attribute__((noreturn));


/* What the parts of the agent share. */
#ifndef TABVISOR_AGENT_H
#define TABVISOR_AGENT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "protocol.h"

/* How many sessions run at a time (A1), how long one may take to say what it wants (A7), and how long it waits for
 * the host to close (A5). */
#define MAX_SESSIONS 64
#ifndef REQUEST_SECONDS /* Tests wait less. */
#define REQUEST_SECONDS 10
#endif
#define CLOSE_SECONDS 5

/* Where the host is and how a few things are done that a test must not do for real: platform_vsock.c, or the tests'
 * own. Functions that give a descriptor give -1 and set errno when they fail. */
int platform_listen(int argc, char **argv);
int platform_connect_host(void);
/* Whether a connection comes from the host, not from a program in the guest. */
int platform_is_host(int fd);
int platform_set_clock(int64_t epoch_ms);
/* The path of "poweroff" or "reboot", NULL when it cannot be run. */
const char *platform_power_program(const char *name);

/* frame.c: frames over a blocking socket. The process of a session ends when the socket does. */
uint16_t get_u16(const uint8_t *at);
uint32_t get_u32(const uint8_t *at);
uint64_t get_u64(const uint8_t *at);
void put_u16(uint8_t *at, uint16_t value);
void put_u32(uint8_t *at, uint32_t value);
void put_u64(uint8_t *at, uint64_t value);
void put_header(uint8_t *at, uint8_t type, uint32_t length);
size_t put_hello(uint8_t *at);
size_t put_error(uint8_t *at, size_t room, int kind, int error, const char *message);
/* Checks a header (A8); gives the type, or -1. */
int check_header(const uint8_t *header, uint32_t *length);
int is_hello(const uint8_t *payload, uint32_t length);
void read_fully(int fd, void *into, size_t length);
void write_fully(int fd, const void *from, size_t length);
void send_frame(int fd, uint8_t type, const void *payload, uint32_t length);
/* Sends ERROR and ends the process: see end_session. */
void fail(int fd, int kind, int error, const char *format, ...) __attribute__((noreturn, format(printf, 4, 5)));
/* Waits for the host to close (A5), then ends the process. */
void end_session(int fd) __attribute__((noreturn));
/* Called before the process ends for whatever reason; one only. */
extern void (*on_session_end)(void);
void leave(int status) __attribute__((noreturn));
/* Takes the next string of a payload; NULL when there is none. */
const char *take_string(const uint8_t **at, const uint8_t *end);

/* Sessions. They do not return. */
void run_session(int fd) __attribute__((noreturn));
void refuse_session(int fd) __attribute__((noreturn));
void run_exec(int fd, uint8_t *request, uint32_t length) __attribute__((noreturn));
void run_read_file(int fd, const uint8_t *request, uint32_t length) __attribute__((noreturn));
void run_write_file(int fd, const uint8_t *request, uint32_t length) __attribute__((noreturn));
void run_power(int fd, const uint8_t *request, uint32_t length) __attribute__((noreturn));
void run_set_clock(int fd, const uint8_t *request, uint32_t length) __attribute__((noreturn));
void run_info(int fd) __attribute__((noreturn));

/* spawn.c */
struct exec_request {
    uint32_t flags, time_limit_ms, window[2];
    const char *directory, *user;
    char **arguments, **environment;
    size_t environment_count;
};
struct child {
    pid_t pid;
    /* Our ends of its pipes; -1 when closed. input is -1 when it has no stdin. */
    int input, output[2];
};
/* Starts the child, or reports to the host and ends the session. */
void start_child(int fd, const struct exec_request *request, struct child *child);

/* system.c */
size_t put_ready(uint8_t *at, size_t room);
int64_t monotonic_ms(void);
int set_nonblocking(int fd);
void set_oom_adjustment(const char *value);

#endif

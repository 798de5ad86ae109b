/* Small helpers: time, messages, files, children. */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* To the console: there is nobody else to tell. */
void complain(const char *what) {
    dprintf(STDERR_FILENO, "init: %s: %s\n", what, strerror(errno));
}

/* The length read, or -1; what is read ends in NUL. */
ssize_t read_file(const char *path, char *into, size_t room) {
    into[0] = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t length = read(fd, into, room - 1);
    close(fd);
    if (length >= 0) into[length] = 0;
    return length;
}

static bool put(const char *path, const char *text, mode_t mode, bool durably) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (fd < 0) {
        complain(path);
        return false;
    }
    size_t length = strlen(text);
    bool done = write(fd, text, length) == (ssize_t)length && (!durably || fsync(fd) == 0);
    if (!done) complain(path);
    close(fd);
    return done;
}

bool write_file(const char *path, const char *text, mode_t mode) {
    return put(path, text, mode, false);
}

/* On the disk when it returns; after a crash before that the file may be empty. */
bool write_file_durably(const char *path, const char *text, mode_t mode) {
    return put(path, text, mode, true);
}

/* Undoes what a child must not inherit: process 1 has all signals blocked. */
void prepare_child(void) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
}

/* The child's process id, or 0 when none could be made. */
pid_t start_child(void (*run)(void)) {
    pid_t pid = fork();
    if (pid == 0) {
        prepare_child();
        run();
        _exit(127);
    }
    if (pid < 0) complain("fork");
    return pid > 0 ? pid : 0;
}

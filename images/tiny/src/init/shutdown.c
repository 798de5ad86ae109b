/* Orderly power-off, halt and reboot. */
#include "init.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Long enough for a shell to save its history, short of what a user calls stuck. */
#define TERM_GRACE_MS 2000
#define KILL_GRACE_MS 1000
/* A first boot that is being made durable is waited for: it is one write to the disk. */
#define UNFINISHED_GRACE_MS 10000

static void nap(void) {
    struct timespec time = {0, 5 * 1000 * 1000};
    nanosleep(&time, NULL);
}

/* Every process descends from this one, so they are all gone when it has no child left. */
static bool wait_until_alone(int64_t grace) {
    int64_t end = now_ms() + grace;
    for (;;) {
        pid_t pid = waitpid(-1, NULL, WNOHANG);
        if (pid < 0 && errno == ECHILD) return true;
        if (pid > 0) continue;
        if (now_ms() >= end) return false;
        nap();
    }
}

static void wait_for(pid_t pid) {
    int64_t end = now_ms() + UNFINISHED_GRACE_MS;
    while (waitpid(pid, NULL, WNOHANG) == 0 && now_ms() < end) nap();
}

void shut_down(int how, pid_t unfinished) {
    dprintf(STDOUT_FILENO, "\nThe system is going down.\n");
    if (unfinished > 0) wait_for(unfinished);
    /* Interactive shells ignore SIGTERM; SIGHUP ends them. Stopped processes see neither without SIGCONT. */
    kill(-1, SIGHUP);
    kill(-1, SIGTERM);
    kill(-1, SIGCONT);
    if (!wait_until_alone(TERM_GRACE_MS)) {
        kill(-1, SIGKILL);
        wait_until_alone(KILL_GRACE_MS);
    }
    unmount_all();
    reboot(how);
    complain("reboot");
    for (;;) pause();
}

/* Process 1: start, keep running, end. */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
/* A program that ends at once is not started again at once. */
#define SHORT_LIFE_MS 1000
#define PAUSE_MS 1000
/* The local services wait until the login is up: they are in nobody's way then. */
#define SERVICES_AFTER_MS 1000

static void run_agent(void) {
    execl("/usr/sbin/tabvisor-agent", "tabvisor-agent", (char *)NULL);
    complain("tabvisor-agent");
}

static void run_services(void) {
    execl("/etc/rc.local", "rc.local", (char *)NULL);
    if (errno != ENOENT && errno != EACCES) complain("/etc/rc.local");
}

static struct service services[] = {
    {.name = "console", .run = run_console},
    {.name = "agent", .run = run_agent},
};
static const size_t service_count = sizeof services / sizeof *services;

static void start_due(int64_t now) {
    for (size_t i = 0; i < service_count; i++) {
        struct service *service = &services[i];
        if (service->pid != 0 || service->due > now) continue;
        service->started = now;
        service->pid = start_child(service->run);
        if (service->pid == 0) service->due = now + PAUSE_MS;
    }
}

static void ended(pid_t pid, int64_t now) {
    for (size_t i = 0; i < service_count; i++) {
        struct service *service = &services[i];
        if (service->pid != pid) continue;
        service->pid = 0;
        service->due = now - service->started < SHORT_LIFE_MS ? now + PAUSE_MS : now;
    }
}

/* Until the next service is due; -1: nothing is. */
static int64_t time_to_wait(int64_t now, int64_t local_services) {
    int64_t next = local_services;
    for (size_t i = 0; i < service_count; i++) {
        if (services[i].pid == 0 && (next < 0 || services[i].due < next)) next = services[i].due;
    }
    if (next < 0) return -1;
    return next > now ? next - now : 0;
}

/* The next signal, or 0 when the time is over. */
static int next_signal(const sigset_t *set, int64_t wait) {
    struct timespec time = {wait / 1000, wait % 1000 * 1000000};
    int got = wait < 0 ? sigwaitinfo(set, NULL) : sigtimedwait(set, NULL, &time);
    return got > 0 ? got : 0;
}

int main(void) {
    if (getpid() != 1) {
        fprintf(stderr, "init: must be process 1\n");
        return 1;
    }
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    setenv("PATH", PATH, 1);
    /* Ctrl-Alt-Del is a signal to us, not a reset. */
    reboot(RB_DISABLE_CAD);

    struct identity identity;
    mount_all();
    read_identity(&identity);
    pid_t unfinished = first_boot(&identity);
    set_hostname(&identity);
    find_console();

    int64_t local_services = now_ms() + SERVICES_AFTER_MS;
    for (;;) {
        int64_t now = now_ms();
        start_due(now);
        if (local_services >= 0 && local_services <= now) {
            start_child(run_services);
            local_services = -1;
        }
        switch (next_signal(&all, time_to_wait(now, local_services))) {
            /* What busybox's halt, poweroff and reboot send. */
            case SIGUSR1: shut_down(RB_HALT_SYSTEM, unfinished);
            case SIGUSR2: shut_down(RB_POWER_OFF, unfinished);
            case SIGTERM:
            case SIGINT: shut_down(RB_AUTOBOOT, unfinished);
            default: break;
        }
        for (pid_t pid; (pid = waitpid(-1, NULL, WNOHANG)) > 0;) {
            if (pid == unfinished) unfinished = 0;
            ended(pid, now_ms());
        }
    }
}

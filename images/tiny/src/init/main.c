/* Process 1: start, keep running, end. */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
/* A program that ends at once is not started again at once. */
#define SHORT_LIFE_MS 1000
#define PAUSE_MS 1000
/* The local services wait until the login is up: they are in nobody's way then. The network is waited for by others. */
#define SERVICES_AFTER_MS 1000
#define NETWORK_AFTER_MS 150
#define NETWORK "/etc/rc.network"

static void run_agent(void) {
    execl("/usr/sbin/tabvisor-agent", "tabvisor-agent", (char *)NULL);
    complain("tabvisor-agent");
}

static void run_script(const char *path) {
    execl(path, path, (char *)NULL);
    if (errno != ENOENT && errno != EACCES) complain(path);
}

static void run_services(void) {
    run_script("/etc/rc.local");
}

static void run_network(void) {
    run_script(NETWORK);
}

/* What is done once, after a while. */
struct later {
    void (*run)(void);
    int64_t due; /* monotonic ms; -1: done, or not to be done */
};
static struct later laters[] = {{.run = run_network, .due = -1}, {.run = run_services, .due = -1}};
static const size_t later_count = sizeof laters / sizeof *laters;

static void run_later(int64_t now) {
    for (size_t i = 0; i < later_count; i++) {
        if (laters[i].due < 0 || laters[i].due > now) continue;
        start_child(laters[i].run);
        laters[i].due = -1;
    }
}

/*
 * A machine without a network card need not start a shell to find that out. With one, the metadata service will be asked
 * (first-start): who wants to know whether that is going to happen looks for the file that cloud-init has for it, and it
 * must be there before anybody can look.
 */
static void plan_network(int64_t now) {
    if (access("/sys/class/net/eth0", F_OK) < 0 || access(NETWORK, X_OK) < 0) return;
    if (mkdir("/run/cloud-init", 0755) < 0) complain("/run/cloud-init");
    write_file("/run/cloud-init/enabled", "", 0644);
    laters[0].due = now + NETWORK_AFTER_MS;
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
static int64_t time_to_wait(int64_t now) {
    int64_t next = -1;
    for (size_t i = 0; i < later_count; i++) {
        if (laters[i].due >= 0 && (next < 0 || laters[i].due < next)) next = laters[i].due;
    }
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

    plan_network(now_ms());
    laters[1].due = now_ms() + SERVICES_AFTER_MS;
    for (;;) {
        int64_t now = now_ms();
        start_due(now);
        run_later(now);
        switch (next_signal(&all, time_to_wait(now))) {
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

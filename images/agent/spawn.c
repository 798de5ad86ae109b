/* Starting a program: user, environment, directory, descriptors (A9–A12). */
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

enum stage { STAGE_PROCESS, STAGE_USER, STAGE_DIRECTORY, STAGE_EXEC };

/* What went wrong in the child, said through a pipe that a successful exec closes. */
struct failure {
    int stage, error;
};

struct identity {
    int change;
    uid_t uid;
    gid_t gid;
    char name[64], home[256], shell[256];
};

static void copy(char *into, size_t room, const char *from) {
    size_t length = strnlen(from, room - 1);
    memcpy(into, from, length);
    into[length] = 0;
}

static void find_user(int fd, const char *name, struct identity *who) {
    errno = 0;
    struct passwd *entry = *name != 0 ? getpwnam(name) : getpwuid(geteuid());
    if (entry == NULL && *name != 0) {
        /* ENOENT is how some libraries say "not there". */
        fail(fd, E_USER, errno == ENOENT ? 0 : errno, "no user %.64s", name);
    }
    who->uid = entry != NULL ? entry->pw_uid : geteuid();
    who->gid = entry != NULL ? entry->pw_gid : getegid();
    copy(who->name, sizeof who->name, entry != NULL ? entry->pw_name : "root");
    copy(who->home, sizeof who->home, entry != NULL && *entry->pw_dir != 0 ? entry->pw_dir : "/");
    copy(who->shell, sizeof who->shell, entry != NULL && *entry->pw_shell != 0 ? entry->pw_shell : "/bin/sh");
    who->change = geteuid() == 0 || who->uid != geteuid();
}

/* This process is the session's own: its environment becomes the child's. */
static void set_environment(int fd, const struct exec_request *request, const struct identity *who) {
    int bad = clearenv() | setenv("PATH", DEFAULT_PATH, 1) | setenv("LANG", "C.UTF-8", 1) |
              setenv("HOME", who->home, 1) | setenv("USER", who->name, 1) | setenv("LOGNAME", who->name, 1) |
              setenv("SHELL", who->shell, 1);
    for (size_t index = 0; index < request->environment_count && !bad; index++) {
        char *entry = request->environment[index];
        char *equals = strchr(entry, '=');
        if (equals == NULL || equals == entry) fail(fd, E_PROTOCOL, 0, "an environment entry without a name");
        *equals = 0;
        bad = setenv(entry, equals + 1, 1);
    }
    if (bad) fail(fd, E_INTERNAL, errno, "the environment cannot be set");
}

static void make_pipe(int fd, int ends[2]) {
    if (pipe2(ends, O_CLOEXEC) < 0) fail(fd, E_INTERNAL, errno, "no pipe");
}

static void report(int pipe, int stage) {
    struct failure failure = {stage, errno};
    if (write(pipe, &failure, sizeof failure) < 0) { /* The session is gone, and with it the reader. */
    }
    _exit(127);
}

/* Leaves 0-2 and the pipe, which it moves to 3: none of them may be what the agent had open (A10). */
static int keep_only(int pipe) {
    if (pipe != 3 && dup3(pipe, 3, O_CLOEXEC) < 0) report(pipe, STAGE_PROCESS);
#ifdef SYS_close_range
    if (syscall(SYS_close_range, 4u, ~0u, 0u) == 0) return 3;
#endif
    for (int other = 4; other < 1024; other++) close(other);
    return 3;
}

static void enter_directory(int pipe, const char *directory, const char *home) {
    if (*directory != 0) {
        if (chdir(directory) < 0) report(pipe, STAGE_DIRECTORY);
    } else if (chdir(home) < 0 && chdir("/") < 0) {
        report(pipe, STAGE_DIRECTORY);
    }
}

/* In the child. `streams` become 0, 1 and 2; `pipe` closes by itself on exec. */
static void become(const struct exec_request *request, const struct identity *who, const int streams[3], int pipe,
                   pid_t session) {
    setsid();
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    umask(022);
    set_oom_adjustment("0");
    /* All of ours are above 2: main sees to that. So none of these runs over another. */
    for (int number = 0; number < 3; number++) {
        if (dup2(streams[number], number) < 0) report(pipe, STAGE_PROCESS);
    }
    if (who->change) {
        if (geteuid() == 0 && initgroups(who->name, who->gid) < 0) report(pipe, STAGE_USER);
        if (setgid(who->gid) < 0 || setuid(who->uid) < 0) report(pipe, STAGE_USER);
    }
    /* The group dies with its session, even when that is killed. (A change of user clears this setting.) */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != session) _exit(127);
    enter_directory(pipe, request->directory, who->home);
    pipe = keep_only(pipe);
    execvp(request->arguments[0], request->arguments);
    report(pipe, STAGE_EXEC);
}

static void check_started(int fd, const struct exec_request *request, int pipe) {
    struct failure failure;
    ssize_t got;
    do got = read(pipe, &failure, sizeof failure);
    while (got < 0 && errno == EINTR);
    close(pipe);
    if (got != sizeof failure) return;
    if (failure.stage == STAGE_USER) fail(fd, E_USER, failure.error, "cannot become user %.64s", request->user);
    if (failure.stage == STAGE_DIRECTORY) fail(fd, E_DIRECTORY, failure.error, "%.256s", request->directory);
    if (failure.stage == STAGE_EXEC) fail(fd, E_START, failure.error, "%.256s", request->arguments[0]);
    fail(fd, E_INTERNAL, failure.error, "the process cannot be set up");
}

void start_child(int fd, const struct exec_request *request, struct child *child) {
    struct identity who;
    find_user(fd, request->user, &who);
    set_environment(fd, request, &who);
    int input[2] = {-1, -1}, output[2], errors[2], status[2];
    if (request->flags & EXEC_STDIN) make_pipe(fd, input);
    else input[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (input[0] < 0) fail(fd, E_INTERNAL, errno, "/dev/null");
    make_pipe(fd, output);
    make_pipe(fd, errors);
    make_pipe(fd, status);
    int streams[3] = {input[0], output[1], errors[1]};
    pid_t session = getpid();
    child->pid = fork();
    if (child->pid < 0) fail(fd, E_INTERNAL, errno, "no process");
    if (child->pid == 0) become(request, &who, streams, status[1], session);
    for (int number = 0; number < 3; number++) close(streams[number]);
    close(status[1]);
    child->input = input[1];
    child->output[0] = output[0];
    child->output[1] = errors[0];
    check_started(fd, request, status[0]);
    if (child->input >= 0) set_nonblocking(child->input);
    set_nonblocking(child->output[0]);
    set_nonblocking(child->output[1]);
}

/* The login on the console. */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define LOGIN_USER "ec2-user"
#define TTY_GROUP 5

static char device[64] = "/dev/console";

/*
 * /dev/console cannot be a controlling terminal: take the device behind it,
 * which is the last of the list (hvc0, or ttyS0 on a machine without virtio).
 */
void find_console(void) {
    char active[128];
    if (read_file("/sys/class/tty/console/active", active, sizeof active) <= 0) return;
    active[strcspn(active, "\n")] = 0;
    const char *last = strrchr(active, ' ');
    snprintf(device, sizeof device, "/dev/%.50s", last ? last + 1 : active);
}

static void open_terminal(void) {
    int fd = open(device, O_RDWR);
    if (fd < 0) {
        complain(device);
        _exit(1);
    }
    if (ioctl(fd, TIOCSCTTY, 1) < 0) complain("controlling terminal");
    for (int i = 0; i < 3; i++) dup2(fd, i);
    if (fd > 2) close(fd);

    /* A program that died on this terminal may have left it in any mode. */
    struct termios modes;
    if (tcgetattr(0, &modes) < 0) return;
    modes.c_iflag = ICRNL | IXON | IUTF8;
    modes.c_oflag = OPOST | ONLCR;
    modes.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN;
    tcsetattr(0, TCSANOW, &modes);

    /* A serial line does not know its terminal's size. */
    struct winsize size;
    if (ioctl(0, TIOCGWINSZ, &size) == 0 && size.ws_row == 0) {
        size = (struct winsize){.ws_row = 24, .ws_col = 80};
        ioctl(0, TIOCSWINSZ, &size);
    }
}

static void show(const char *path) {
    char text[1024];
    ssize_t length = read_file(path, text, sizeof text);
    if (length > 0 && write(1, text, (size_t)length) < 0) complain(path);
}

/* In the child: becomes the user and his login shell. */
void run_console(void) {
    open_terminal();
    struct passwd *user = getpwnam(LOGIN_USER);
    if (user == NULL) {
        execl("/bin/login", "login", (char *)NULL);
        complain("/bin/login");
        _exit(1);
    }
    fchown(0, user->pw_uid, TTY_GROUP);
    fchmod(0, 0620);
    if (initgroups(user->pw_name, user->pw_gid) < 0 || setgid(user->pw_gid) < 0 || setuid(user->pw_uid) < 0) {
        complain(user->pw_name);
        _exit(1);
    }
    setenv("HOME", user->pw_dir, 1);
    setenv("SHELL", user->pw_shell, 1);
    setenv("USER", user->pw_name, 1);
    setenv("LOGNAME", user->pw_name, 1);
    setenv("TERM", "xterm-256color", 1);
    setenv("LANG", "C.UTF-8", 1);
    if (chdir(user->pw_dir) < 0 && chdir("/") < 0) complain(user->pw_dir);
    if (access(".hushlogin", F_OK) < 0) show("/etc/motd");

    const char *name = strrchr(user->pw_shell, '/');
    char zero[32];
    snprintf(zero, sizeof zero, "-%.30s", name ? name + 1 : user->pw_shell);
    execl(user->pw_shell, zero, (char *)NULL);
    complain(user->pw_shell);
}

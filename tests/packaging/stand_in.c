/* Stands in for the released program: tells what it was started with and what
 * it can reach, one fact a line, and exits with the number in INPUT_MILESTONE.
 * Linked statically, it runs FROM scratch. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *value(const char *name) {
    const char *found = getenv(name);
    return found ? found : "";
}

static const char *can(const char *mode, const char *folder, const char *file) {
    char path[4096];
    if (!*folder) return "no";
    snprintf(path, sizeof path, "%s%s", folder, file);
    FILE *opened = fopen(path, mode);
    if (!opened) return "no";
    fclose(opened);
    return "yes";
}

int main(int count, char **arguments) {
    FILE *output = fopen(value("GITHUB_OUTPUT"), "a");
    if (output) {
        fprintf(output, "changed=true\nupdates-count=1\n");
        fclose(output);
    }
    printf("arguments: %s\n", count > 1 ? arguments[count - 1] : "");
    printf("user: %d\n", (int)getuid());
    printf("token: %s\n", strlen(value("INPUT_TOKEN")) ? "given" : "none");
    printf("job token: %s\n", strlen(value("GITHUB_TOKEN")) ? "given" : "none");
    printf("labels: %s\n", value("INPUT_LABELS"));
    /* The runner keeps the hyphen; action.yml writes underscores. */
    printf("dry run: %s\n", value(getenv("INPUT_DRY-RUN") ? "INPUT_DRY-RUN" : "INPUT_DRY_RUN"));
    printf("reads the work tree: %s\n", can("r", value("GITHUB_WORKSPACE"), "/file"));
    printf("writes to the work tree: %s\n", can("a", value("GITHUB_WORKSPACE"), "/file"));
    printf("reads the logins: %s\n", can("r", value("HOME"), "/.docker/config.json"));
    printf("writes to the logins: %s\n", can("a", value("HOME"), "/.docker/config.json"));
    printf("writes outputs: %s\n", output ? "yes" : "no");
    printf("writes the summary: %s\n", can("a", value("GITHUB_STEP_SUMMARY"), ""));
    printf("writes to its scratch: %s\n", can("a", *value("RUNNER_TEMP") ? value("RUNNER_TEMP") : value("TMPDIR"), "/file"));
    printf("writes to its root: %s\n", access("/", W_OK) ? "no" : "yes");
    return atoi(value("INPUT_MILESTONE"));
}

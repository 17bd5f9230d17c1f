// A step of a shared library:
//
//   withBallast(server: 'https://cache.example.com:7420', credentialsId: 'ballast-write') {
//     sh 'go build ./...'
//   }
//
// The agent's image or its tools hold Go and Ballast. Builds of changes from strangers get another credentialsId, one
// whose token may only read: choose it where the job is defined, not in the Jenkinsfile, which a change may edit.
def call(Map options, Closure body) {
    def server = options.server
    if (!server) {
        error('withBallast: server is missing')
    }
    def ballast = options.ballast ?: 'ballast'
    def settings = [
        "BALLAST_SERVER=${server}",
        // The helper is started by Go itself: words with spaces are quoted for it.
        "GOCACHEPROG='${ballast}' cacheprog",
        // Workspaces of concurrent builds differ in their path, which is in Go's keys without this flag.
        "GOFLAGS=${((env.GOFLAGS ?: '') + ' -trimpath').trim()}",
    ]
    if (options.caFile) {
        settings << "BALLAST_CA_FILE=${options.caFile}"
    }
    withEnv(settings) {
        if (options.credentialsId) {
            withCredentials([string(credentialsId: options.credentialsId, variable: 'BALLAST_TOKEN')]) {
                body()
            }
        } else {
            body()
        }
    }
}

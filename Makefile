# build   bin/postrider, without cgo
# run     build, then read and serve the sample publication
# test    install what the tests need, then lint, test and fuzz
# lint    gofmt, go vet, staticcheck, govulncheck
# bench   every benchmark
# chaos   kill the program 200 times while it sends, on each engine; cut the power
#         as often; crash the database, and have one of two nodes fail, 20 times each
# clean   remove what was built; data/ stays

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
RUN := bin/postrider

.DEFAULT_GOAL := build
.PHONY: build run test lint bench chaos clean

build:
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-X main.version=$(VERSION)" -o bin/postrider ./cmd/postrider

# Each step may be repeated: what is there already stays as it is. The reader
# comes before the articles, so that all of them are new to her.
run: build
	$(RUN) subscribers add reader@example.org --name "A Reader" --newsletter weekly --confirmed
	$(RUN) read
	$(RUN) send weekly
	@echo
	@echo "Front page          http://localhost:8080/"
	@echo "A feed              http://localhost:8080/rss.xml"
	@echo "An author's feed    http://localhost:8080/authors/salma-oduya/rss.xml"
	@echo "Mail that was sent  data/outbox/"
	@echo
	@exec $(RUN) serve

test:
	@scripts/stage "Install what the tests need" scripts/install-test-tools
	@scripts/stage "Lint" $(MAKE) --no-print-directory lint
	@scripts/stage "Tests" scripts/test
	@scripts/stage "Fuzz" scripts/fuzz

lint:
	scripts/lint

bench:
	go test -run '^$$' -bench . ./...

chaos:
	go test ./daemon -run '^(TestChaos|TestPowerCut|TestDatabaseCrash|TestNodeFails)$$' -kills 200 -times 20 -v -timeout 3h

clean:
	rm -rf bin

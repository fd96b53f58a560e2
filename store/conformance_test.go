package store_test

import (
	"strings"
	"testing"

	"postrider/internal/posttest"
	"postrider/store"
)

// conformance is what every engine passes. Each test finds an empty store and
// a clock that stands at posttest.Start; they share one store an engine, for
// to make one takes longer than most of them.
var conformance = []struct {
	name string
	test func(t *testing.T, s *store.Store, clock *posttest.Clock)
}{
	{"ArticlesBecomeVisibleInTheOrderOfTheirDates", testArticlesBecomeVisibleInTheOrderOfTheirDates},
	{"ArticlesOfAnUnfinishedPassWait", testArticlesOfAnUnfinishedPassWait},
	{"ThePassesThatEnd", testThePassesThatEnd},
	{"APassOverSomeEnds", testAPassOverSomeEnds},
	{"ALongPassIsCutShort", testALongPassIsCutShort},
	{"NumbersInScopes", testNumbersInScopes},
	{"NumbersStayForEver", testNumbersStayForEver},
	{"Expiry", testExpiry},
	{"WithdrawnArticleKeepsIdentityAndNumber", testWithdrawnArticleKeepsIdentityAndNumber},
	{"AnotherArticlesSlugIsRefused", testAnotherArticlesSlugIsRefused},
	{"AddedTogetherAsOneByOne", testAddedTogetherAsOneByOne},
	{"WhatIsToComeIsFound", testWhatIsToComeIsFound},
	{"NoneIsAddedWhereOneCannotBe", testNoneIsAddedWhereOneCannotBe},
	{"Paging", testPaging},
	{"ArticlesByID", testArticlesByID},
	{"TextsThatNoDatabaseTakes", testTextsThatNoDatabaseTakes},
	{"FindArticle", testFindArticle},
	{"VersionsGrowExactlyWithWhatShows", testVersionsGrowExactlyWithWhatShows},
	{"AChangeIsLaterThanTheLast", testAChangeIsLaterThanTheLast},
	{"SettingSince", testSettingSince},
	{"NewsIsAnnouncedOnce", testNewsIsAnnouncedOnce},
	{"HubsThatFail", testHubsThatFail},
	{"IssueStaysPublishedWithoutItsFile", testIssueStaysPublishedWithoutItsFile},
	{"IssueInTheOrderOfItsContents", testIssueInTheOrderOfItsContents},
	{"IssueIsPublishedOnce", testIssueIsPublishedOnce},
	{"CoverDates", testCoverDates},
	{"IssuesFileTouchesEveryFeedOfItsArticles", testIssuesFileTouchesEveryFeedOfItsArticles},
	{"FilesOfAuthorsAndSectionsTouchTheListOfFeeds", testFilesOfAuthorsAndSectionsTouchTheListOfFeeds},
	{"AuthorsInParts", testAuthorsInParts},
	{"NamesComeFromTheNewestByline", testNamesComeFromTheNewestByline},
	{"FilesMakeFeeds", testFilesMakeFeeds},
	{"AliasesOfAuthors", testAliasesOfAuthors},
	{"FollowersOfMergedAuthors", testFollowersOfMergedAuthors},
	{"ScopesThatAreNot", testScopesThatAreNot},
	{"Files", testFiles},
	{"Media", testMedia},
	{"Awaits", testAwaits},
	{"UnendedPasses", testUnendedPasses},
	{"SubscriberIsKnownByAddress", testSubscriberIsKnownByAddress},
	{"ServedNumbersStartWhenTheyAreMade", testServedNumbersStartWhenTheyAreMade},
	{"Leaving", testLeaving},
	{"ReadersComeInPages", testReadersComeInPages},
	{"Suppression", testSuppression},
	{"Pauses", testPauses},
	{"Tiers", testTiers},
	{"Troubles", testTroubles},
	{"Browsing", testBrowsing},
	{"IssuesInParts", testIssuesInParts},
	{"RelaysDown", testRelaysDown},
	{"Languages", testLanguages},
	{"Frequencies", testFrequencies},
	{"Welcome", testWelcome},
	{"SignUps", testSignUps},
	{"EditionIsMadeOnceUnderItsKey", testEditionIsMadeOnceUnderItsKey},
	{"ContentIsFixedAtTheCutOff", testContentIsFixedAtTheCutOff},
	{"LeastServed", testLeastServed},
	{"SchedulesAndOccurrences", testSchedulesAndOccurrences},
	{"Acts", testActs},
	{"DropEdition", testDropEdition},
	{"Waves", testWaves},
	{"Hours", testHours},
	{"Busy", testBusy},
	{"RangesHoldEverybodyOnce", testRangesHoldEverybodyOnce},
	{"RangeHasOneOwner", testRangeHasOneOwner},
	{"StepsOfOneRange", testStepsOfOneRange},
	{"NextRangeAnywhere", testNextRangeAnywhere},
	{"RangesAreCutOneByOne", testRangesAreCutOneByOne},
	{"Steps", testSteps},
	{"StepsAtOnce", testAtOnce},
	{"HeldEditionKeepsBackWhatIsLeft", testHeldEditionKeepsBackWhatIsLeft},
	{"ServedNumbersAreFoldedWhenARangeCloses", testServedNumbersAreFoldedWhenARangeCloses},
	{"EditionFinishesWhenNothingIsOpen", testEditionFinishesWhenNothingIsOpen},
	{"OnlyADeferredDeliveryChanges", testOnlyADeferredDeliveryChanges},
	{"EachDelivery", testEachDelivery},
	{"PutOffDomain", testPutOffDomain},
	{"Retries", testRetries},
	{"Returns", testReturns},
	{"CameBack", testCameBack},
	{"SoftRun", testSoftRun},
	{"LastDelivery", testLastDelivery},
	{"Supersede", testSupersede},
	{"Turn", testTurn},
	{"ClaimsAreNeverDouble", testClaimsAreNeverDouble},
	{"NumbersBecomeVisibleInTheirOrder", testNumbersBecomeVisibleInTheirOrder},
	{"TheLastOfSeveralEndsTheEdition", testTheLastOfSeveralEndsTheEdition},
	{"SupersedingAndRetryingExclude", testSupersedingAndRetryingExclude},
	{"PuttingASubscriberLocksThem", testPuttingASubscriberLocksThem},
	{"LeavingAllAtOnce", testLeavingAllAtOnce},
	{"TakeOver", testTakeOver},
	{"LotsOfASecond", testLotsOfASecond},
	{"LotsOfAnHour", testLotsOfAnHour},
	{"LotsOfADay", testLotsOfADay},
	{"LotsAreNeverTooMany", testLotsAreNeverTooMany},
	{"Passkeys", testPasskeys},
	{"Answered", testAnswered},
	{"Users", testUsers},
	{"Merges", testMerges},
	{"PartingLosesNobody", testPartingLosesNobody},
	{"PartingKeepsOwnChoices", testPartingKeepsOwnChoices},
	{"OrderedIssues", testOrderedIssues},
	{"SeenIssues", testSeenIssues},
	{"Polls", testPolls},
	{"MadeUpPolls", testMadeUpPolls},
	{"Imports", testImports},
	{"ImportedPeople", testImportedPeople},
	{"Standings", testStandings},
	{"Stirred", testStirred},
	{"SearchSubscribers", testSearchSubscribers},
	{"Tallies", testTallies},
	{"EditionsBy", testEditionsBy},
	{"ActsAboutPeople", testActsAboutPeople},
	{"AFailedTransactionLeavesNoTrace", testAFailedTransactionLeavesNoTrace},
}

func TestConformance(t *testing.T) {
	posttest.Stores(t, func(t *testing.T, s *store.Store, clock *posttest.Clock) {
		for _, c := range conformance {
			t.Run(c.name, func(t *testing.T) {
				clock.Set(posttest.Start)
				wipe(t, s)
				c.test(t, s, clock)
			})
		}
	})
}

// onPostgres tells on which engine a conformance test runs.
func onPostgres(t *testing.T) bool { return strings.Contains(t.Name(), "/postgres/") }

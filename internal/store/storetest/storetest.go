// Package storetest is the suite that every kind of store must pass.
package storetest

import (
	"context"
	"fmt"
	"switchyard/handlers"
	"testing"
	"time"

	"switchyard/internal/record"
	"switchyard/internal/store"
	"switchyard/routing"
)

// Database is one database of a test. The store may be opened, closed and
// opened again.
type Database interface {
	// Open opens the store; the one opened before has been closed.
	Open(ctx context.Context, opts ...store.Option) (*store.Store, error)
	// Holds tells whether the text can be found in what the database keeps.
	Holds(t testing.TB, text string) bool
	// Rows counts the rows of a table.
	Rows(t testing.TB, table string) int
	// Exec runs statements, each on its own, while the store is not open.
	Exec(t testing.TB, statements ...string)
}

// Run runs the suite. fresh gives a database with nothing in it.
func Run(t *testing.T, fresh func(t testing.TB) Database) {
	for name, test := range map[string]func(*testing.T, Database){
		"CallReadsBack":             callReadsBack,
		"EmptyCallReadsBack":        emptyCallReadsBack,
		"UnknownCall":               unknownCall,
		"LegsFollowTheCall":         legsFollowTheCall,
		"ASessionThatComesBackLate": aSessionThatComesBackLate,
		"EndedStaysEnded":           endedStaysEnded,
		"OwnerFollowsTheCall":       ownerFollowsTheCall,
		"FindCalls":                 findCalls,
		"DecidedCallsReadBack":      decidedCallsReadBack,
		"DecidedPageByPage":         decidedPageByPage,
		"LegsOfUnknownCalls":        legsOfUnknownCalls,
		"BetterSourceCounts":        betterSourceCounts,
		"LegsInAnyOrder":            legsInAnyOrder,
		"OrphansNoLivingOwner":      orphansHaveNoLivingOwner,
		"OrphansAreWhole":           orphansAreWhole,
		"SeenIsKept":                seenIsKept,
		"DeadServersForgotten":      deadServersAreForgotten,
		"PurgeCalls":                purgeCalls,
		"PurgeManyCalls":            purgeManyCalls,
		"PurgeEvents":               purgeEvents,
		"EraseACaller":              eraseACaller,
		"EraseEverywhere":           eraseEverywhere,
		"EraseAnExtension":          eraseAnExtension,
		"EraseManyCalls":            eraseManyCalls,
		"EraseEndpointsAnswers":     eraseWhatEndpointsSaid,
		"KeysReadBack":              keysReadBack,
		"KeysChange":                keysChange,
		"KeyUseIsNoted":             keyUseIsNoted,
		"AllOrNothing":              allOrNothing,
		"ListCalls":                 listCalls,
		"ManyAtOnce":                manyAtOnce,
		"AmendAddsOrChanges":        amendAddsOrChanges,
		"AmendFromManySides":        amendFromManySides,
		"CursorFromElsewhere":       cursorFromElsewhere,
		"EventsOnce":                eventsOnce,
		"EventsReadBack":            eventsReadBack,
		"RecordingBehindTheEnd":     recordingBehindTheEnd,
		"TagsFollowTheCall":         tagsFollowTheCall,
		"TheVersionBefore":          theVersionBefore,
		"ForwardedOnceAStage":       forwardedOnceAStage,
		"TalliesAddUp":              talliesAddUp,
		"RecentTallies":             recentTallies,
		"OldTalliesForgotten":       oldTalliesAreForgotten,
		"TalliesFromManySides":      talliesFromManySides,
		"ReopenKeepsAll":            reopenKeepsAll,
		"SaveFromManySides":         saveFromManySides,
		"SeqIsDense":                seqIsDense,
		"OneOfACallAtATime":         oneOfACallAtATime,
		"LaterEventJoinsBehind":     laterEventJoinsBehind,
		"LimitOfAnEndpoint":         limitOfAnEndpoint,
		"EndpointsTakeTurns":        endpointsTakeTurns,
		"LeaseRunsOut":              leaseRunsOut,
		"LateResultStillCounts":     lateResultStillCounts,
		"RetryWaits":                retryWaits,
		"DeadLetsTheNextGo":         deadLetsTheNextGo,
		"ReleaseGivesBack":          releaseGivesBack,
		"SettleTwice":               settleTwice,
		"AttemptsAreKept":           attemptsAreKept,
		"ClaimedOnce":               claimedOnce,
		"ClaimModel":                claimModel,
		"ManyHands":                 manyHands,
		"YieldChain":                yieldChain,
		"OverBeforeYield":           overBeforeYield,
		"OverBehindAnOpenOne":       overBehindAnOpenOne,
		"JoinsBehindYielding":       joinsBehindOneThatYields,
		"YieldsEarlier":             yieldsEarlier,
		"UnorderedNeverWaits":       unorderedNeverWaits,
		"OnlyTheEndpointsAsked":     onlyTheEndpointsAsked,
		"LimitOfATenant":            limitOfATenant,
		"EverybodyHasATurn":         everybodyHasATurn,
		"ThrottledEndpoint":         slotsOfAThrottledEndpoint,
		"WorkingCostsNothing":       workingEndpointCostsNothing,
		"HealthIsNoted":             healthIsNoted,
		"DisabledGivesUp":           disabledGivesUp,
		"DeliveriesReadBack":        deliveriesReadBack,
		"FindDeliveries":            findDeliveries,
		"ReplayKeepsTheOrder":       replayKeepsTheOrder,
		"ReplayWithGaps":            replayWithGaps,
		"ReplayOnlyWhatWasAsked":    replayOnlyWhatWasAsked,
		"ReplayMany":                replayMany,
		"EventsOfNoCall":            eventsOfNoCall,
		"EventsAfter":               eventsAfter,
		"EventsAfterByType":         eventsAfterByType,
		"PublishAndLoad":            publishAndLoad,
		"PublishStale":              publishStale,
		"PublishTogether":           publishTogether,
		"OnlyChangesAreWritten":     onlyChangesAreWritten,
		"RevisionsCanBeLoaded":      revisionsCanBeLoaded,
		"KindNotNamedStays":         kindNotNamedStays,
		"NamesCanBeSwapped":         namesCanBeSwapped,
		"OnePublisherWins":          onePublisherWins,
		"WhatChangedSince":          whatChangedSince,
		"OnlyWhatChangedIsLoaded":   onlyWhatChangedIsLoaded,
		"PublishedAsChecked":        publishedAsChecked,
		"WebhooksOfOneTenant":       webhooksOfOneTenant,
		"EditsAreWritten":           editsAreWritten,
		"RefusesForeignObjects":     refusesForeignObjects,
		"SecretsAreSealed":          secretsAreSealed,
		"SecretsNeedAKey":           secretsNeedAKey,
		"WrongKey":                  wrongKey,
		"LargeConfiguration":        largeConfiguration,
		"PagesOfRevisions":          pagesOfRevisions,
		"DraftsReadBack":            draftsReadBack,
		"DraftChangedMeanwhile":     draftChangedMeanwhile,
		"OneSavesTheDraft":          oneSavesTheDraft,
		"DraftsAreBounded":          draftsAreBounded,
		"DraftsAreSealed":           draftsAreSealed,
		"DraftsNeedAKey":            draftsNeedAKey,
	} {
		t.Run(name, func(t *testing.T) { test(t, fresh(t)) })
	}
}

// t0 is when everything in the suite begins.
var t0 = time.Date(2026, 4, 7, 14, 15, 2, 123456000, time.UTC)

var testKey = []byte("0123456789abcdef0123456789abcdef")

func open(t testing.TB, db Database, opts ...store.Option) *store.Store {
	t.Helper()
	s, err := db.Open(t.Context(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func save(t testing.TB, s record.Saver, changes ...record.Change) {
	t.Helper()
	if err := s.SaveCalls(context.Background(), changes); err != nil {
		t.Fatal(err)
	}
}

func activeCall(id string) record.Call {
	return record.Call{ID: routing.CallID(id), TenantID: "tenant", Status: handlers.StatusActive, StartedAt: t0}
}

// change is a call with one event for the endpoints. Only the three types of
// the contract are bound to happen once.
func change(call, eventType string, endpoints ...string) record.Change {
	return record.Change{Call: activeCall(call), Events: []record.Event{event(call, eventType, endpoints...)}}
}

func event(call, eventType string, endpoints ...string) record.Event {
	return record.Event{
		ID:        fmt.Sprintf("msg_%s_%s", call, eventType),
		TenantID:  "tenant",
		CallID:    routing.CallID(call),
		Type:      eventType,
		At:        t0,
		Body:      []byte(`{"event":"` + eventType + `"}`),
		Endpoints: endpoints,
	}
}
